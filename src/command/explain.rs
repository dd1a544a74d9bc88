//! `pullwarden explain`: a page of the rule book, for the terminal.

use super::{Error, policies};
use crate::cli::ExplainArgs;
use crate::machine::terminal::escape;
use crate::report::{Style, wrapped};
use crate::rules;
use crate::rules::rule::{Category, Meta, is_policy, page_body};
use std::io::Write;

/// Prints the page of a rule, or of a policy that the configuration or the command line names.
pub fn of(args: &ExplainArgs, style: &Style, out: &mut dyn Write) -> Result<(), Error> {
    if !is_policy(&args.rule) {
        return run(&args.rule, style, out);
    }
    let policies = policies::here(&args.policies)?;
    match policies.as_ref().and_then(|policies| policies.find(&args.rule)) {
        Some(meta) => page(meta, style, out),
        None => Err(Error::Failed(format!(
            "there is no policy `{}`; `pullwarden rules` lists those that the configuration names, and `--policy` names others",
            escape(&args.rule)
        ))),
    }
}

/// Prints the page of a rule.
pub fn run(id: &str, style: &Style, out: &mut dyn Write) -> Result<(), Error> {
    match rules::find(id) {
        Some(entry) => page(entry.meta, style, out),
        None => Err(super::no_rule(id)),
    }
}

fn page(meta: &Meta, style: &Style, out: &mut dyn Write) -> Result<(), Error> {
    let mut page = Page { style, out, paragraph: String::new(), in_code: false };
    for (number, line) in page_body(meta.page()).lines().enumerate() {
        page.line(line)?;
        if number == 0 {
            writeln!(page.out, "{}", facts(meta))?;
        }
    }
    page.end_paragraph()?;
    Ok(())
}

/// The severity, the preset, what `fix` does, and the first version of a rule.
fn facts(meta: &Meta) -> String {
    if meta.category == Category::Policies {
        return format!("severity: {} · a policy of the repository", meta.severity);
    }
    let fixable = match front_matter(meta.page(), "fix") {
        Some("safe") => " · fixable",
        Some("unsafe") => " · fixable with --unsafe",
        Some(_) => " · fixable, in part with --unsafe",
        None => "",
    };
    format!(
        "severity: {} · category: {} · preset: {}{fixable} · since {}",
        meta.severity,
        meta.category.as_str(),
        meta.preset.as_str(),
        meta.since
    )
}

/// A value of the front matter of a page.
fn front_matter<'p>(page: &'p str, key: &str) -> Option<&'p str> {
    let (facts, _) = page.strip_prefix("---\n")?.split_once("\n---\n")?;
    facts.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

/// A page, converted line by line for a terminal.
struct Page<'p> {
    style: &'p Style,
    out: &'p mut dyn Write,
    /// The lines of a paragraph or an item, joined.
    paragraph: String,
    in_code: bool,
}

impl Page<'_> {
    fn line(&mut self, line: &str) -> Result<(), Error> {
        if let Some(info) = line.strip_prefix("```") {
            self.end_paragraph()?;
            self.in_code = !self.in_code;
            // An example of several files names each file.
            let title = info.split_once("title=\"").and_then(|(_, rest)| rest.split_once('"'));
            if let Some((title, _)) = title {
                writeln!(self.out, "{title}:\n")?;
            }
            return Ok(());
        }
        if self.in_code {
            writeln!(self.out, "    {line}")?;
        } else if line.starts_with('#') {
            self.end_paragraph()?;
            let title = line.trim_start_matches('#').trim();
            if self.style.color {
                writeln!(self.out, "\x1b[1m{title}\x1b[0m")?;
            } else {
                writeln!(self.out, "{}", title.to_uppercase())?;
            }
        } else if line.is_empty() || line.starts_with('|') {
            self.end_paragraph()?;
            writeln!(self.out, "{line}")?;
        } else {
            if line.starts_with("- ") {
                self.end_paragraph()?;
            } else if !self.paragraph.is_empty() {
                self.paragraph.push(' ');
            }
            self.paragraph.push_str(if self.paragraph.is_empty() { line } else { line.trim_start() });
        }
        Ok(())
    }

    fn end_paragraph(&mut self) -> Result<(), Error> {
        let paragraph = std::mem::take(&mut self.paragraph);
        if !paragraph.is_empty() {
            let hanging = if paragraph.starts_with("- ") { 2 } else { 0 };
            writeln!(self.out, "{}", wrapped(&paragraph, "", hanging, self.style.width))?;
        }
        Ok(())
    }
}
