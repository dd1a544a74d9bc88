//! The program: parses the command line, runs the command, and turns its outcome into an exit code. Only this file writes to
//! standard error.

use crate::cli::{self, Cli, ColorChoice, Command, MigrateWhat, PolicyCommandArgs, PolicyWhat, TableFormat};
use crate::command::{self, Error, check::Exit};
use crate::machine::progress::Progress;
use crate::policy;
use crate::report::inert::Inert;
use crate::report::{REPOSITORY, Style, Wrapping};
use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

pub use crate::cli::command as command_line;
// The tests of this package call these.
pub use crate::icsp::migrate;
pub use crate::machine::{exec, guard};
pub use crate::policy::{Workers, read as read_policies};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|command| command == policy::WORKER) {
        return policy_worker();
    }
    guard::be_quiet();
    guard::run(start).unwrap_or_else(|fault| {
        let place = fault.place;
        say(
            &format!("pullwarden: failed at `{place}`; report it at {REPOSITORY}/issues with the command\n"),
            false,
        );
        ExitCode::from(2)
    })
}

/// The text for a person who waits for a slow command.
fn waited_for(command: &Command) -> Option<&'static str> {
    match command {
        Command::Check(_) | Command::Baseline(_) => Some("checking"),
        Command::Fix(_) => Some("fixing"),
        Command::Plan(_) => Some("planning"),
        _ => None,
    }
}

/// Evaluates policies for another process of this program, which reads the output.
fn policy_worker() -> ExitCode {
    #[cfg(feature = "policies")]
    if rego_policy::worker::serve(io::stdin(), io::stdout()).is_ok() {
        return ExitCode::SUCCESS;
    }
    ExitCode::from(2)
}

/// Runs a command line, whose first word names the program, and writes what goes to standard output to `out`. Returns the exit
/// code.
///
/// # Errors
///
/// When the command line is not valid, or the command cannot run.
pub fn run(words: &[&str], out: &mut dyn Write) -> Result<u8, String> {
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    let cli = Cli::of(&words).map_err(|error| error.to_string())?;
    run_command(&cli, out).map_err(|Error::Failed(message)| message)
}

fn start() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let cli = match Cli::of(&words) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error),
    };
    let progress = waited_for(&cli.command).and_then(Progress::of_stderr);
    let out = io::BufWriter::new(io::stdout().lock());
    let mut out = WhileRead { out, is_read: true, progress };
    match run_command(&cli, &mut out).and_then(|code| Ok(out.flush().map(|()| code)?)) {
        Ok(code) => ExitCode::from(code),
        Err(Error::Failed(message)) => {
            out.progress = None;
            say(&format!("pullwarden: {message}\n"), false);
            ExitCode::from(2)
        }
    }
}

/// Prints the text of clap: help on standard output, or an error in the arguments, which may be names of files.
fn not_parsed(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let color =
            io::stderr().is_terminal() && supports_color::on(supports_color::Stream::Stderr).is_some();
        let text = error.render();
        say(&if color { text.ansi().to_string() } else { text.to_string() }, color);
    } else {
        // A reader may close standard output early.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn say(text: &str, color: bool) {
    let mut err = io::stderr();
    let mut err = Inert::new(&mut err, color);
    // If standard error is closed, nobody can read an error.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Standard output until its reader closes it. The command then still goes on to its end and its exit code.
struct WhileRead<W> {
    out: W,
    is_read: bool,
    /// The line for a waiting person, until there is something to write.
    progress: Option<Progress>,
}

impl<W> WhileRead<W> {
    fn unless_closed<T>(&mut self, result: io::Result<T>, without: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_read = false;
                Ok(without)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for WhileRead<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.progress = None;
        if !self.is_read {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        self.unless_closed(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.is_read {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.unless_closed(flushed, ())
    }
}

fn run_command(cli: &Cli, out: &mut dyn Write) -> Result<u8, Error> {
    let style = Style::of_stdout(match &cli.command {
        Command::Fix(args) => args.how.color,
        Command::Explain(args) => args.color,
        Command::Policy(PolicyCommandArgs { what: PolicyWhat::Test(args) }) => args.color,
        _ => ColorChoice::Auto,
    });
    // Annotations are commands, and a script is for a shell; everything else is for people to read.
    match &cli.command {
        Command::Check(args) => return Ok(command::check::run(args, out)?.code()),
        Command::Plan(args) => return Ok(command::plan::run(args, out)?.code()),
        Command::Server(_) => return command::server::run(out),
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut cli::command(), "pullwarden", &mut *out);
            return Ok(Exit::Clean.code());
        }
        _ => {}
    }
    // Lines are broken before they are made safe to print, since a break makes the start of a line.
    let mut out = Inert::new(out, style.color);
    let code = if style.screen && writes_prose(&cli.command) {
        let mut out = Wrapping::new(&mut out, style.width);
        let code = dispatch(cli, &style, &mut out)?;
        out.flush()?;
        code
    } else {
        dispatch(cli, &style, &mut out)?
    };
    out.flush()?;
    Ok(code)
}

/// Whether a command writes lines for people, which break at the width of the screen.
fn writes_prose(command: &Command) -> bool {
    match command {
        Command::Resolve(args) => args.format == TableFormat::Text,
        Command::Clusters(args) => args.format == TableFormat::Text && !args.objects,
        Command::Rules(args) => args.format == TableFormat::Text,
        _ => false,
    }
}

fn dispatch(cli: &Cli, style: &Style, out: &mut dyn Write) -> Result<u8, Error> {
    let mut err = io::stderr();
    let err = &mut Inert::new(&mut err, false);
    let mut exit = Exit::Clean;
    match &cli.command {
        Command::Check(_)
        | Command::Plan(_)
        | Command::Server(_)
        | Command::Completions(_)
        | Command::PolicyWorker => {}
        Command::Fix(args) => exit = command::fix::run(args, style, out, err)?,
        Command::Migrate(args) => {
            let MigrateWhat::Icsp(args) = &args.what;
            exit = command::migrate::run(args, style, out, err)?;
        }
        Command::Render(args) => exit = command::render::run(args, style, out, err)?,
        Command::Resolve(args) => exit = command::resolve::run(args, out)?,
        Command::Map(args) => command::map::run(args, out)?,
        Command::Baseline(args) => command::baseline::run(args, out)?,
        Command::Clusters(args) => command::clusters::run(args, style, out)?,
        Command::Explain(args) => command::explain::of(args, style, out)?,
        Command::Rules(args) => command::rules::run(args, out)?,
        Command::Policy(args) => match &args.what {
            PolicyWhat::Test(args) => exit = command::policy::test::run(args, style, out)?,
            PolicyWhat::New(args) => command::policy::new::run(args, out)?,
            PolicyWhat::Input(args) => command::policy::input::run(args, out)?,
        },
        Command::Schema(args) => command::schema::run(args.of, out)?,
        Command::Init(args) => command::init::run(args, out)?,
    }
    out.flush()?;
    Ok(exit.code())
}
