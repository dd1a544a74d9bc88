//! `pullwarden explain`: a page of the rule book, for the terminal.

use super::Error;
use crate::report::{Style, wrapped};
use crate::rules;
use crate::rules::rule::Meta;
use std::io::Write;

/// Prints the page of a rule.
pub fn run(id: &str, style: &Style, out: &mut dyn Write) -> Result<(), Error> {
    let Some(entry) = rules::find(id) else {
        return Err(super::no_rule(id));
    };
    let mut page = Page { style, out, paragraph: String::new(), in_code: false };
    for (number, line) in body(entry.meta.page()).lines().enumerate() {
        page.line(line)?;
        if number == 0 {
            writeln!(page.out, "{}", facts(entry.meta))?;
        }
    }
    page.end_paragraph()?;
    Ok(())
}

/// What the configuration can change, and since when there is such a rule.
fn facts(meta: &Meta) -> String {
    format!(
        "severity: {} · category: {} · preset: {} · since {}",
        meta.severity,
        meta.category.as_str(),
        meta.preset.as_str(),
        meta.since
    )
}

/// A page on its way to the screen.
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
            // Examples of several files say which is which.
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

/// A page without its front matter.
pub fn body(page: &str) -> &str {
    let rest = page.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    rest.map_or(page, |(_, body)| body).trim_start()
}
