//! Values that want to be commands, wherever a repository has values, through every report.

use super::{Files, Random, check, manifest, reports, run};
use crate::runner;
use pullwarden::report::Format;

/// What is a command to a terminal, to GitHub's runner or to another build server, or hides one.
const HOSTILE: [&str; 18] = [
    "::error::pwn",
    "::stop-commands::pwn",
    "##[add-mask]e",
    "##[stop-commands]pwn",
    "##vso[task.x]y",
    "\\r::error::pwn",
    "\\n::error::pwn",
    "\\n\\n  ::add-mask::a\\n",
    "\\e[2J\\e]0;t\\a",
    "\\x1b[1A",
    "\\u0085::error::pwn",
    "\\u2028::error::pwn",
    "\\u2029##[group]x",
    "\\u202e::",
    "\\u200b::error::pwn",
    "#\\u200b#[error]x",
    "a::error::b ##[error]c",
    "%0A::error::pwn",
];

#[test]
fn reports_hold_no_commands() {
    run("reports_hold_no_commands", 80, hostile, |files| {
        for (format, text) in reports(&check(files))? {
            let text = if format == Format::Azure { without_issues(&text)? } else { text };
            if let Some(line) = runner::stranger(&text, format == Format::Github) {
                return Err(format!("{format:?}: the runner takes this for a command: {line:?}"));
            }
            if let Some(c) = runner::steering(&text) {
                return Err(format!("{format:?}: {c:?} steers"));
            }
        }
        Ok(())
    });
}

/// The lines of a log of Azure Pipelines without our own commands, whose properties end at the first bracket.
fn without_issues(text: &str) -> Result<String, String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let issue = line.strip_prefix("##vso[task.logissue type=");
        lines.push(match issue.map(|issue| issue.split_once(";]").ok_or(line)) {
            Some(Ok((_, message))) => message,
            Some(Err(line)) => return Err(format!("Azure: the command does not end: {line:?}")),
            None => line,
        });
    }
    Ok(lines.join("\n"))
}

/// A text of the fixtures with hostile values, keys and comments, under a hostile name.
fn hostile(random: &mut Random) -> Files {
    let raw = |random: &mut Random| {
        let text = *random.pick(&HOSTILE);
        let text = text
            .replace("\\r", "\r")
            .replace("\\e", "\u{1b}")
            .replace("\\a", "\u{7}")
            .replace("\\x1b", "\u{1b}");
        let text =
            text.replace("\\u0085", "\u{85}").replace("\\u2028", "\u{2028}").replace("\\u2029", "\u{2029}");
        text.replace("\\u202e", "\u{202e}").replace("\\u200b", "\u{200b}")
    };
    let text = manifest(random);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(6) {
        let number = random.below(lines.len().max(1));
        let Some(line) = lines.get_mut(number) else { break };
        let value = line.find(": ").map_or(line.find("- ").map_or(line.len(), |at| at + 2), |at| at + 2);
        match random.below(5) {
            0 => line.push_str(&format!(" # {}", raw(random).replace("\\n", "\r"))),
            1 => *line = format!("{}\"{}\"", &line[..value], random.pick(&HOSTILE)),
            2 => *line = format!("{}{}", &line[..value], raw(random).replace("\\n", "")),
            3 => {
                let blanks = line.len() - line.trim_start().len();
                let key = format!("{}\"{}\": x", " ".repeat(blanks), random.pick(&HOSTILE));
                lines.insert(number, key);
            }
            _ => {
                *line = format!(
                    "{}\"{}{}\"",
                    &line[..value],
                    random.pick(&HOSTILE),
                    "x".repeat(random.below(600))
                )
            }
        }
    }
    let directory = raw(random).replace(['/', '\\'], "");
    let name = if random.one_in(2) { format!("clusters/{directory}/a.yaml") } else { "a.yaml".to_owned() };
    let end = *random.pick(&["\n", "\r", "\r\n"]);
    let mut files = vec![(name, lines.join(end).into_bytes())];
    if random.one_in(3) {
        let text = format!(
            "clusters:\n  \"{0}\":\n    paths: ['**']\nignore:\n- rule: \"{0}\"\n  reason: \"{0}\"\n\"{0}\": 1\n",
            random.pick(&HOSTILE)
        );
        files.push((".pullwarden.yaml".to_owned(), text.into_bytes()));
    }
    files
}
