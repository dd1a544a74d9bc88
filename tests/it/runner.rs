//! GitHub's runner as it reads what a step prints: actions/runner `src/Runner.Common/ActionCommand.cs`, to which .NET's
//! `StreamReader.ReadLine` gives the lines.

/// The lines of an output: they end at `\n`, `\r` or both.
pub(crate) fn lines(output: &str) -> Vec<&str> {
    output.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r')).collect()
}

/// The name of the command that the runner takes a line for, whichever it knows.
pub(crate) fn command(line: &str) -> Option<String> {
    // Comparisons of .NET pass over what takes no room.
    let line: String = line.chars().filter(|c| !is_ignorable(*c)).collect();
    of_colons(&line).or_else(|| of_brackets(&line))
}

/// `TryParseV2`: `::name properties::data`.
fn of_colons(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (info, _) = rest.split_once("::")?;
    Some(info.split(' ').next().unwrap_or_default().to_owned())
}

/// `TryParse`: `##[name properties]data`, anywhere.
fn of_brackets(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("##[")?;
    let (info, _) = rest.split_once(']')?;
    Some(info.split(' ').next().unwrap_or_default().to_owned())
}

fn is_ignorable(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{ad}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}')
}

/// The first command in an output that is no annotation of ours; with `annotated` those are expected.
pub(crate) fn stranger(output: &str, annotated: bool) -> Option<String> {
    let of_others = |name: &String| !(annotated && ["error", "warning", "notice"].contains(&name.as_str()));
    let found = lines(output).into_iter().find(|line| command(line).is_some_and(|name| of_others(&name)));
    found.map(str::to_owned)
}

/// The first character of an output that moves a terminal's cursor, or turns or ends a line.
pub(crate) fn steering(output: &str) -> Option<char> {
    let ends = output.replace("\r\n", "\n");
    let steers = |c: &char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    ends.chars().find(steers)
}

#[test]
fn commands_are_read_as_the_runner_reads_them() {
    assert_eq!(lines("a\rb\r\nc\n\nd"), ["a", "b", "c", "", "d"]);
    for (line, name) in [
        ("  ::error file=a::b", Some("error")),
        ("\u{200b}::stop-commands::x", Some("stop-commands")),
        ("a ##[add-mask]b", Some("add-mask")),
        ("::error", None),
        ("a ::error::b", None),
        ("## [a] #[b]", None),
    ] {
        assert_eq!(command(line).as_deref(), name, "{line}");
    }
}
