//! Annotations on a pull request: workflow commands of one line each, which GitHub's runner reads from the output of a step.
//!
//! The escapes are those of `@actions/core` (`packages/core/src/command.ts`). A command can only begin a line, so no text
//! may contain a line end.

use super::shared::whole_message;
use crate::check::diagnostic::Diagnostic;
use crate::check::triage::Report;
use crate::machine::terminal::escape;
use crate::rules::rule::Severity;
use crate::source::{Source, Sources, Span};
use std::io::{self, Write};

/// Writes a command for every open diagnostic of `report`.
pub fn write(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in report.open() {
        writeln!(out, "{}", command(diagnostic, sources))?;
    }
    Ok(())
}

fn command(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties =
        sources.get(diagnostic.span.file).map_or_else(Vec::new, |source| place(source, diagnostic.span));
    properties.push(("title", diagnostic.rule.id.to_owned()));
    let properties: Vec<String> =
        properties.into_iter().map(|(key, value)| format!("{key}={}", property(&value))).collect();
    let message = whole_message(diagnostic, sources);
    format!("::{name} {}::{}", properties.join(","), data(&message))
}

fn place(source: &Source, span: Span) -> Vec<(&'static str, String)> {
    let mut place = vec![("file", escape(&source.name).into_owned())];
    if source.text.is_empty() {
        return place;
    }
    let (start, end) = (source.position(span.start), source.position(span.end));
    place.push(("line", start.line.to_string()));
    place.push(("endLine", end.line.to_string()));
    // The runner ignores columns if a range has several lines.
    if start.line == end.line {
        place.push(("col", start.column.to_string()));
        place.push(("endColumn", end.column.to_string()));
    }
    place
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::terminal::is_unprintable;
    use crate::report::sample;

    fn written(report: &Report, sources: &Sources) -> String {
        let mut out = Vec::new();
        write(report, sources, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_command_for_each_open_diagnostic() {
        let (report, sources) = sample::report();
        let expected = [
            "::error file=clusters/é b/100%25/image.yaml,line=2,endLine=2,col=28,endColumn=44,title=self-mirror::\
             `self.example.com` mirrors\\u{7} itself [x](https://evil.example)\\n::error::%0A\
             clusters: `east`, `west\\u{9b}`%0Adrop the entry%0A::error::or not, and 50%25 of it%0Athe cluster is only guessed",
            "::error file=empty.yaml,title=self-mirror::nothing in the file",
            "::warning file=<stdin>,line=1,endLine=2,title=credential-exposing-search::two lines",
            "::notice file=pullwarden.yaml,line=2,endLine=2,col=1,endColumn=22,title=unused-ignore::matches nothing",
        ];
        assert_eq!(written(&report, &sources).lines().collect::<Vec<_>>(), expected);
    }

    proptest::proptest! {
        #[test]
        fn no_text_begins_a_line(text in "(::error::|##\\[|[a%:,=\r\n\u{85}\u{2028}\u{b}\u{c}\u{0}\u{1b}])*") {
            let (mut report, _) = sample::report();
            let mut sources = Sources::default();
            sources.add(Source::new(text.clone(), "a: b\n".into()));
            let diagnostic = &mut report.diagnostics[5];
            diagnostic.span = sample::at(&sources, 0, "b");
            diagnostic.message.clone_from(&text);
            diagnostic.help = Some(text.clone());
            diagnostic.note = Some(text);
            report.diagnostics.drain(..5);
            let out = written(&report, &sources);
            let line = out.strip_suffix('\n').unwrap();
            proptest::prop_assert!(!line.contains(|c| c == '\n' || is_unprintable(c)));
            // The runner splits the line in the same way: first properties, up to the first `::`, then the text.
            let (properties, _) = line.strip_prefix("::notice ").unwrap().split_once("::").unwrap();
            let keys: Vec<&str> = properties.split(',').map(|part| part.split_once('=').unwrap().0).collect();
            proptest::prop_assert_eq!(keys, ["file", "line", "endLine", "col", "endColumn", "title"]);
        }
    }
}
