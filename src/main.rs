//! The command: parses, dispatches, and turns the outcome into an exit code. The only place that prints to stderr.

use clap::{CommandFactory, Parser};
use pullwarden::cli::{Cli, ColorChoice, Command, MigrateWhat, TableFormat};
use pullwarden::command::{self, Error, check::Outcome};
use pullwarden::report::{Style, Wrapping};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match run(&cli, &mut out).and_then(|code| Ok(out.flush().map(|()| code)?)) {
        Ok(code) => code,
        // Whoever read the output has seen enough.
        Err(Error::BrokenPipe) => ExitCode::SUCCESS,
        Err(Error::Failed(message)) => {
            #[expect(clippy::print_stderr, reason = "the one place that does")]
            {
                eprintln!("pullwarden: {message}");
            }
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli, out: &mut dyn Write) -> Result<ExitCode, Error> {
    let screen = Style::of_stdout(ColorChoice::Auto);
    if !screen.screen || !writes_prose(&cli.command) {
        return dispatch(cli, out);
    }
    let mut out = Wrapping::new(out, screen.width);
    let code = dispatch(cli, &mut out)?;
    out.flush()?;
    Ok(code)
}

/// Whether a command writes lines for people that break at the end of the screen.
fn writes_prose(command: &Command) -> bool {
    match command {
        Command::Resolve(args) => args.format == TableFormat::Text,
        Command::Clusters(args) => args.format == TableFormat::Text && !args.objects,
        Command::Rules(args) => args.format == TableFormat::Text,
        _ => false,
    }
}

fn dispatch(cli: &Cli, out: &mut dyn Write) -> Result<ExitCode, Error> {
    match &cli.command {
        Command::Check(args) => {
            return Ok(exit(command::check::run(args, out)?));
        }
        Command::Fix(args) => {
            let style = Style::of_stdout(args.how.color);
            return Ok(exit(command::fix::run(args, &style, out, &mut std::io::stderr())?));
        }
        Command::Migrate(args) => {
            let style = Style::of_stdout(ColorChoice::Auto);
            let MigrateWhat::Icsp(args) = &args.what;
            return Ok(exit(command::migrate::run(args, &style, out, &mut std::io::stderr())?));
        }
        Command::Render(args) => {
            return Ok(exit(command::render::run(args, &Style::of_stdout(ColorChoice::Auto), out)?));
        }
        Command::Resolve(args) => return Ok(exit(command::resolve::run(args, out)?)),
        Command::Baseline(args) => command::baseline::run(args, out)?,
        Command::Clusters(args) => command::clusters::run(args, &Style::of_stdout(ColorChoice::Auto), out)?,
        Command::Explain(args) => command::explain::run(&args.rule, &Style::of_stdout(args.color), out)?,
        Command::Rules(args) => command::rules::run(args.format, out)?,
        Command::Schema(args) => command::schema::run(args.of, out)?,
        Command::Init(args) => command::init::run(args, out)?,
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "pullwarden", &mut *out);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn exit(outcome: Outcome) -> ExitCode {
    match outcome {
        Outcome::Clean => ExitCode::SUCCESS,
        Outcome::Dirty => ExitCode::from(1),
        Outcome::Nothing => ExitCode::from(3),
    }
}
