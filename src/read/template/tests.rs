use super::*;

/// The ways to read a text, with `~` for each blank that the mask made. The first way takes all branches.
fn masked(text: &str) -> Vec<String> {
    let readings = readings(text).expect(text);
    let shown = |reading: Reading| {
        assert_eq!(reading.text.len(), text.len(), "{text}");
        let lines: Vec<&str> = reading.text.lines().map(str::trim_end).collect();
        lines.join("\n") + "\n"
    };
    readings.into_iter().map(shown).collect()
}

/// A masked text in which one mark stands for a row of marks.
fn short(masked: &str) -> String {
    let mut last = ' ';
    let is_new = |c: &char| !(std::mem::replace(&mut last, *c) == '$' && *c == '$');
    masked.chars().filter(is_new).collect()
}

#[test]
fn printed_values_are_masked_at_their_length() {
    for (text, wanted) in [
        ("a: {{ b }}/c\n", "a: $/c\n"),
        ("a: \"{{ b }}\" # {{ c }}\n", "a: \"$\" # $\n"),
        ("{{ a }}: b\n", "$: b\n"),
        ("- {{ a }}\n", "- $\n"),
        ("a:\n  {{ toYaml .b | indent 2 }}\n", "a:\n  #$\n"),
        ("{{ a }} {{ b }}\n", "#$ $\n"),
        ("a: [${A}, {{ b }}]\n", "a: [$, $]\n"),
        ("a: b-{% if c %}d{% else %}e{% endif %}-f\n", "a: b-$-f\n"),
        ("a: {{ b |\n  c }}\nd: e\n", "a: $\nd: e\n"),
        ("{# a\nb #}\nc: d\n", "\n\nc: d\n"),
        ("a:\n$MIRRORS\n<MORE>\n", "a:\n#MIRRORS\n#MORE>\n"),
        ("a: é{{ é }}é\n", "a: é$é\n"),
        ("a:\n- b\n{{- if .c }}-d{{ end }}\n", "a:\n- b\n}$\n"),
    ] {
        let [masked] = &masked(text)[..] else { panic!("{text}") };
        assert_eq!(short(masked), wanted, "{text}");
    }
}

#[test]
fn text_behind_a_tag_has_the_column_of_the_output() {
    let shown = |text: &str| {
        let masked = masked(text).remove(0);
        masked
            .lines()
            .filter(|line| !line.trim().is_empty())
            .fold(String::new(), |all, line| all + line + "\n")
    };
    for (text, wanted) in [
        ("{{ if .a }}b: 1\nc: 2\n{{ end }}\n", "b: 1\nc: 2\n"),
        ("{{- if .a }}b: 1\nc: 2{{- end }}\n", "b: 1\nc: 2\n"),
        ("{{- if .a -}}\n  b: 1\n{{ end }}", "b: 1\n"),
        ("{{/* x */}}b: 1\n{{ $y := 1 }}c: 2\n", "b: 1\nc: 2\n"),
        ("{{/* x\n  y */}}b: 1\n", "b: 1\n"),
        ("{# x #}b: 1\n{% if a %}c: 2\n{% endif %}d: 3\n", "b: 1\nc: 2\nd: 3\n"),
        ("<% if a %>b: 1\n<% end %>c: 2\n", "b: 1\nc: 2\n"),
        ("%{ if a ~}\nb: 1\n%{ endif ~}\nc: 2\n", "b: 1\nc: 2\n"),
        ("{{ define \"x\" }}y{{ end }}b: 1\nc: 2\n", "b: 1\nc: 2\n"),
        ("a:\n  {{ if .b }}c: 1\n  d: 2\n  {{ end }}\n", "a:\n  c: 1\n  d: 2\n"),
        ("a:\n  {{ if .b }}{{ if .c }}d: 1\n  {{ end }}{{ end }}e: 2\n", "a:\n  d: 1\n  e: 2\n"),
        ("a:\n- {{ if .b }}c: 1\n  {{ end }}d: 2\n", "a:\n- c: 1\n  d: 2\n"),
        ("a:\n{{ range .b }}- c: 1\n  d: 2\n{{ end }}\n", "a:\n- c: 1\n  d: 2\n"),
        ("{{ if .a }}---\nb: 1\n{{ end }}", "---\nb: 1\n"),
        ("---\n{{- if .a }}b: 1\nc: 2\n{{ end }}", "---\nb: 1\nc: 2\n"),
        ("{{ if .a }}{{ .b }}: 1\nc: 2\n{{ end }}", "$: 1\nc: 2\n"),
        ("é: {{/* x */}}1\n{{ if .a }}ü: 2\n{{ end }}", "é:            1\nü: 2\n"),
        ("a: |\n  {{ if .b }}c\n  d\n  {{ end }}", "a: |\n  c\n  d\n"),
        ("{{ if .a }}b: 1\r\nc: 2\r\n{{ end }}", "b: 1\nc: 2\n"),
        // Here the output continues the line above.
        ("a:\n{{- if .b }}c: 1\n{{- end }}\n", "a:\n}           c: 1\n"),
        ("a:\n  b: 1\n{{- if .c }} # d\n{{- end }}\n", "a:\n  b: 1\n             # d\n"),
    ] {
        assert_eq!(short(&shown(text)), wanted, "{text}");
    }
}

#[test]
fn each_branch_is_read_by_itself() {
    for (text, wanted) in [
        ("{{ if .a }}\nb: 1\n{{ else }}\nb: 2\n{{ end }}\n", vec!["\nb: 1\n\n\n\n", "\n\n\nb: 2\n\n"]),
        (
            "{% if a %}\nb: 1\n{% elif c %}\nb: 2\n{% endif %}\n",
            vec!["\nb: 1\n\n\n\n", "\n\n\n\n\n", "\n\n\nb: 2\n\n"],
        ),
        // Equal conditions agree, opposite ones exclude each other.
        (
            "{% if a %}\nb: 1\n{% endif %}\n{% if not a %}\nb: 2\n{% endif %}\n",
            vec!["\nb: 1\n\n\n\n\n", "\n\n\n\nb: 2\n\n"],
        ),
        (
            "{{ if .a }}\nb:\n{{ if .c }}\n  d:\n{{ end }}\n{{ end }}\n",
            vec!["\nb:\n\n  d:\n\n\n", "\n\n\n\n\n\n", "\nb:\n\n\n\n\n"],
        ),
        ("{% for a in b %}\n- {{ a }}\n{% else %}\n- c\n{% endfor %}\n", vec!["\n- $$$$$$$\n\n\n\n"]),
        ("{{ define \"x\" }}\na\n{{ end }}\nb: c\n", vec!["\n\n\nb: c\n"]),
    ] {
        assert_eq!(masked(text), wanted, "{text}");
    }
}

#[test]
fn tags_that_do_not_nest_are_not_read() {
    for text in [
        "{{ if .a }}\n",
        "{{ end }}\n",
        "{{ else }}",
        "{{ a\n",
        "{% endfor %}",
        "{% if a %}{% raw %}{% endif %}",
    ] {
        assert!(readings(text).is_none(), "{text}");
    }
    let branches: Vec<String> =
        (0..30).map(|at| format!("{{% if a{at} %}}\nb: 1\n{{% endif %}}\n")).collect();
    let many = branches.concat();
    assert!(readings(&many).is_none());
    let deep = format!("{}{}", "{{ if .a }}".repeat(1_000), "{{ end }}".repeat(1_000));
    assert!(readings(&deep).is_none());
}

#[test]
fn each_document_knows_the_ways_that_read_it() {
    let text: Arc<str> = "a: 1\n---\n{{ if .b }}\nc: 1\n{{ else }}\nc: 2\n{{ end }}\nd: 3\n---\n[\n".into();
    let read = read(FileId(0), &text).expect("a template");
    let ways: Vec<_> = read.documents.iter().map(|(_, masked)| (masked.ways(), masked.is_first)).collect();
    assert_eq!(ways, [(3, true), (1, true), (2, false)]);
    assert_eq!(read.broken, 1);
    let masked = &read.documents[1].1;
    let place = |part: &str| {
        let at = text.find(part).expect(part);
        masked.ways_at(Span::new(FileId(0), at, at + part.len()))
    };
    assert_eq!([place("c: 1"), place("c: 2"), place("d: 3"), place("a: 1"), place("[")], [1, 2, 3, 3, 0]);
}
