//! Templates that would run forever, or use all memory.

use super::tests::rendered;
use crate::stack::with_room;
use crate::{Error, Limits, Result};

/// Limits below the defaults, so that a build without optimization reaches them soon.
const LIMITS: Limits = Limits { steps: 1_000_000, bytes: 16 << 20, depth: 1_000 };

const LONG: &str = "t: '{{ tpl .Values.t . }}'\nm: {}\n";

/// The output of a template, or its error.
fn printed(template: &str) -> Result<String> {
    with_room(|| Ok(rendered(&[("a.txt", template)], LONG, &LIMITS)?[0].text.to_string()))
}

fn refused(template: &str) -> Error {
    match printed(template) {
        Err(error) => error,
        Ok(printed) => panic!("{template} prints {} bytes", printed.len()),
    }
}

#[test]
fn calls_may_nest_as_deep_as_in_helm() {
    let template = |depth: usize| {
        format!(
            "{{{{ define \"x\" }}}}{{{{ if gt (int .n) 0 }}}}{{{{ with $ }}}}\
             {{{{ include \"x\" (dict \"n\" (sub (int .n) 1)) | trim | nindent 0 | trim }}}}\
             {{{{ end }}}}{{{{ else }}}}end{{{{ end }}}}{{{{ end }}}}{{{{ include \"x\" (dict \"n\" {depth}) }}}}"
        )
    };
    assert_eq!(printed(&template(999)).unwrap(), "end");
    let error = refused(&template(1001));
    assert!(!error.is_limit && error.message.contains("includes itself too often"), "{error}");
}

#[test]
fn templates_that_call_themselves_are_errors_at_their_place() {
    let blocks = "{{ if true }}{{ with 1 }}{{ range list 1 }}".repeat(20);
    let ends = "{{ end }}".repeat(60);
    let parens = |inner: &str| format!("{}{inner}{}", "(".repeat(90), ")".repeat(90));
    for template in [
        "{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}".to_owned(),
        "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}".to_owned(),
        "{{ tpl .Values.t . }}".to_owned(),
        "{{ template \"c/templates/a.txt\" . }}".to_owned(),
        format!("{{{{ define \"x\" }}}}{blocks}{{{{ template \"x\" $ }}}}{ends}{{{{ end }}}}{{{{ template \"x\" . }}}}"),
        format!("{{{{ define \"x\" }}}}{{{{ {} }}}}{{{{ end }}}}{{{{ template \"x\" . }}}}", parens("include \"x\" .")),
        format!("{{{{ define \"x\" }}}}{{{{ $x := {} }}}}{{{{ end }}}}{{{{ template \"x\" . }}}}", parens("tpl \"{{ include \\\"x\\\" . }}\" .")),
        "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ tpl \"{{ include \\\"a\\\" . }}\" . }}{{ end }}{{ include \"a\" . }}".to_owned(),
    ] {
        let error = refused(&template);
        assert!(error.span.is_some(), "{template}: {error}");
    }
}

#[test]
fn endless_loops_and_huge_texts_are_errors_at_their_place() {
    for template in [
        "{{ range until 1000000000 }}x{{ end }}",
        "{{ range $i := 2000000000 }}{{ end }}",
        "{{ range 2000000000 }}{{ range 2000000000 }}{{ end }}{{ end }}",
        "{{ repeat 1000000000 \"x\" }}",
        "{{ repeat 1000000000 \"x\" | len }}",
        "{{ $x := \"x\" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}{{ $x }}",
        "{{ $x := \"x\" }}{{ range 64 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}{{ $x }}",
        "{{ $x := \"x\" }}{{ range 64 }}{{ $x = cat $x $x }}{{ end }}{{ $x }}",
        "{{ $x := \"x\" }}{{ range 64 }}{{ $x = replace \"x\" \"xx\" $x }}{{ end }}{{ $x }}",
        "{{ $x := \"x\" }}{{ range 64 }}{{ $x = regexReplaceAll \"x\" $x \"xx\" }}{{ end }}{{ $x }}",
        "{{ $x := \"\\\"\" }}{{ range 64 }}{{ $x = quote $x }}{{ end }}{{ $x }}",
        "{{ $x := list 1 }}{{ range 64 }}{{ $x = concat $x $x }}{{ end }}{{ $x }}",
        "{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x $x $x }}{{ end }}{{ $x }}",
        "{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x $x $x }}{{ end }}{{ toYaml $x }}",
        "{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x $x $x }}{{ end }}{{ toJson $x }}",
        "{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x $x $x }}{{ end }}{{ deepCopy $x | len }}",
        "{{ $x := list 1 }}{{ $y := list 1 }}{{ range 64 }}{{ $x = list $x $x $x $x }}{{ $y = list $y $y $y $y }}{{ end }}{{ deepEqual $x $y }}",
        "{{ printf \"%1000000000d\" 1 }}",
        "{{ printf \"%*d\" 1000000000 1 }}{{ printf \"%.999999999f\" 1.0 }}",
        "{{ $s := repeat 20000 \"a\" }}{{ range 2000000000 }}{{ $_ := regexMatch \"(a*)*b\" $s }}{{ end }}",
        "{{ $s := repeat 1000000 \"a\" }}{{ range 2000000000 }}{{ $_ := sha256sum $s }}{{ end }}",
        "{{ range $i, $_ := until 100000 }}{{ $_ := regexMatch (printf \"(a{1,50}){1,%d}\" (mod $i 100)) \"aaa\" }}{{ end }}",
        "{{ regexMatch \"((a{1,500}){1,500}){1,500}\" \"aaa\" | fail }}",
        "{{ $_ := set .Values \"m\" .Values }}{{ .Values }}",
        "{{ $_ := set .Values \"m\" .Values }}{{ deepCopy .Values }}",
        "{{ $_ := set .Values \"m\" .Values }}{{ toToml .Values }}",
        "{{ $_ := set .Values \"m\" .Values }}{{ printf \"%s\" .Values }}",
        "{{ $_ := set .Values \"m\" (list .Values) }}{{ printf \"%#v\" .Values }}",
        "{{ indent 1000000000 \"x\" }}",
        "{{ indent -1 \"x\" }}",
        "{{ $x := \"\\n\" }}{{ range 40 }}{{ $x = indent 100000 $x }}{{ end }}",
        "{{ seq 1000000000 }}",
        "{{ untilStep 0 9223372036854775807 1 }}",
        "{{ randAlphaNum 1000000000 }}",
        "{{ wrapWith 1 (repeat 100000 \"x\") (repeat 100000 \"x\") }}",
    ] {
        let start = std::time::Instant::now();
        let error = refused(template);
        assert!(error.span.is_some(), "{template}: {error}");
        println!("{:>6} ms  {template}: {error}", start.elapsed().as_millis());
    }
}

#[test]
fn a_map_that_holds_itself_has_no_text() {
    for function in ["toYaml", "toJson", "toPrettyJson"] {
        let template = format!("{{{{ $_ := set .Values \"m\" .Values }}}}{{{{ {function} .Values }}}}");
        assert_eq!(printed(&template).unwrap(), "", "{template}");
    }
}

#[test]
fn values_that_nest_a_million_times_are_dropped() {
    for template in [
        "{{ $x := list }}{{ range 100000 }}{{ $x = list $x }}{{ end }}",
        "{{ $x := dict }}{{ range 100000 }}{{ $x = dict \"x\" $x }}{{ end }}",
        "{{ $x := dict }}{{ $y := $x }}{{ range 100000 }}{{ $z := dict }}{{ $_ := set $y \"x\" (list $z) }}{{ $y = $z }}{{ end }}",
    ] {
        let started = std::thread::Builder::new()
            .stack_size(1 << 20)
            .spawn(move || rendered(&[("a.txt", template)], "", &Limits::default()).map(|files| files.len()));
        assert_eq!(started.unwrap().join().unwrap().unwrap(), 1, "{template}");
    }
}

#[test]
fn long_chains_and_deep_nesting_of_text_are_no_problem() {
    let chain = format!("{{{{ if false }}}}{}{{{{ end }}}}", "{{ else if false }}".repeat(20_000));
    assert_eq!(printed(&chain).unwrap(), "");
    for template in [
        format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000)),
        "{{ if true }}".repeat(100_000),
        format!("{{{{ {} }}}}", "not (".repeat(100_000)),
        "{{ range ".repeat(10_000),
        "{{ block \"x\" . }}".repeat(10_000),
        "{{ $x := 1 }}".repeat(10_000),
    ] {
        assert!(refused(&template).span.is_some());
    }
    let pipe = format!("{{{{ \"x\"{} }}}}", " | trim".repeat(50_000));
    assert_eq!(printed(&pipe).unwrap(), "x");
    let fields = format!("{{{{ (.Values.m){} }}}}", ".a".repeat(50_000));
    assert!(refused(&fields).span.is_some());
}
