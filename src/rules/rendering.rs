//! Diagnostics about the commands of the configuration that render directories.

use crate::finding::Finding;
use crate::machine::exec::{Cause, Failure, MAX_OUTPUT, Render};
use crate::rules::rule::{Category, Meta, Severity};

/// How many lines of what a command complains about are shown, and how many characters of each.
const LINES: usize = 3;
const CHARACTERS: usize = 160;

/// A command of the configuration that was not run.
pub static RENDER_NOT_ALLOWED: Meta = Meta::recommended(
    "render-not-allowed",
    "a command of the configuration that was not run",
    Category::Settings,
    Severity::Note,
    "0.1.0",
);
/// A command of the configuration that does not work.
pub static FAILED_RENDER: Meta = Meta::recommended(
    "failed-render",
    "a command of the configuration that does not work",
    Category::Settings,
    Severity::Error,
    "0.1.0",
);

/// What is said of a command that was not run.
pub fn not_allowed(render: &Render) -> (&'static Meta, Finding) {
    let root = shown(render);
    let mut finding = Finding::new(render.command.span, format!("`{}` is not run here", render.program()));
    finding.related(render.root.span, "what lies here is checked as it stands, templates left alone").help(format!(
        "run it with `--allow-exec`, but only where you would run everything in the repository; what it would \
         make of `{root}` is not checked"
    ));
    (&RENDER_NOT_ALLOWED, finding)
}

/// What is said of a command that failed.
pub fn failed(render: &Render, failure: &Failure) -> (&'static Meta, Finding) {
    let (program, root) = (render.program(), shown(render));
    let seconds = render.timeout.as_secs();
    let span = match failure.cause {
        Cause::NoDirectory | Cause::Outside => render.root.span,
        _ => render.command.span,
    };
    let message = match &failure.cause {
        Cause::NoDirectory => format!("there is no directory `{root}`"),
        Cause::Outside => format!("`{root}` leads out of the repository by a link; nothing is run there"),
        Cause::NoProgram => format!("there is no program `{program}`"),
        Cause::NotRun(why) => format!("`{program}` cannot be run: {why}"),
        Cause::Ended(how) => format!("`{program}` ends with {how}"),
        Cause::TimedOut if seconds == 1 => format!("`{program}` takes longer than 1 second"),
        Cause::TimedOut => format!("`{program}` takes longer than {seconds} seconds"),
        Cause::TooMuch => format!("`{program}` prints more than {} MiB", MAX_OUTPUT >> 20),
    };
    let mut finding = Finding::new(span, message);
    let remedy = match failure.cause {
        Cause::NoDirectory | Cause::Outside => "name a directory of the repository",
        Cause::NoProgram => "install it, or write where it lies",
        Cause::TimedOut => "give it more time with `timeout-seconds`",
        Cause::TooMuch => "let it print fewer objects; image configuration alone is enough",
        Cause::NotRun(_) | Cause::Ended(_) => "run it by hand in the directory to see all that it says",
    };
    let says =
        complaints(&failure.complaints).map_or_else(String::new, |lines| format!("it says: {lines}; "));
    finding.help(format!(
        "{remedy}; {says}until it works, `{root}` is checked as it stands, templates left alone"
    ));
    (&FAILED_RENDER, finding)
}

fn shown(render: &Render) -> &str {
    if render.root.value.is_empty() { "." } else { &render.root.value }
}

/// The first lines of what a command complained about; nothing where it did not.
fn complaints(text: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first: Vec<String> = lines.take(LINES).map(|line| line.chars().take(CHARACTERS).collect()).collect();
    (!first.is_empty()).then(|| first.join(" | "))
}
