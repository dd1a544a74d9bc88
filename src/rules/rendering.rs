//! Diagnostics about the commands of the configuration that render directories.

use crate::finding::Finding;
use crate::machine::exec::{Cause, Failure, MAX_OUTPUT, Render};
use crate::rules::rule::{Category, Meta, Severity};

/// At most so many lines of a command's error output are shown, and so many characters of each.
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
/// A command of the configuration that fails.
pub static FAILED_RENDER: Meta = Meta::recommended(
    "failed-render",
    "a command of the configuration that failed",
    Category::Settings,
    Severity::Error,
    "0.1.0",
);

/// The finding about a command that was not run.
pub fn not_allowed(render: &Render) -> (&'static Meta, Finding) {
    let root = shown(render);
    let mut finding = Finding::new(render.command.span, format!("`{}` is not run here", render.program()));
    finding.related(render.root.span, "the files here are checked instead, without templates").help(format!(
        "run it with `--allow-exec`, but only if you trust everything in the repository; the rendered \
         objects of `{root}` are not checked"
    ));
    (&RENDER_NOT_ALLOWED, finding)
}

/// The finding about a command that failed.
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
        Cause::NoProgram => "install it, or write its path",
        Cause::TimedOut => "give it more time with `timeout-seconds`",
        Cause::TooMuch => "make it print fewer objects; image configuration is enough",
        Cause::NotRun(_) | Cause::Ended(_) => "run it by hand in the directory to see its whole output",
    };
    let says =
        complaints(&failure.complaints).map_or_else(String::new, |lines| format!("it prints: {lines}; "));
    finding.help(format!(
        "{remedy}; {says}until it works, the files of `{root}` are checked instead, without templates"
    ));
    (&FAILED_RENDER, finding)
}

fn shown(render: &Render) -> &str {
    if render.root.value.is_empty() { "." } else { &render.root.value }
}

/// The first lines of a command's error output, if there is any.
fn complaints(text: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first: Vec<String> = lines.take(LINES).map(|line| line.chars().take(CHARACTERS).collect()).collect();
    (!first.is_empty()).then(|| first.join(" | "))
}
