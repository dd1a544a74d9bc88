//! Templates that nobody renders here: what holds whatever is filled in is said, and nothing else.

use crate::command::{Scratch, out, pullwarden};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is said of a file: the rule and the text that it stands on.
fn said(name: &str, text: &str) -> Vec<String> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let scratch = format!("template-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let scratch = Scratch::new(&scratch, &[(name, text)]);
    let json = out(&pullwarden(&scratch.0, &["check", ".", "--report", "json", "--no-config"]));
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let diagnostics = json["diagnostics"].as_array().expect("diagnostics");
    let place = |diagnostic: &Value| {
        let byte = |end: &str| diagnostic["bytes"][end].as_u64().expect("a byte") as usize;
        assert!(diagnostic.get("fix").is_none_or(Value::is_null), "{diagnostic}");
        format!("{}: {}", diagnostic["rule"].as_str().expect("a rule"), &text[byte("start")..byte("end")])
    };
    diagnostics.iter().map(place).collect()
}

const HEAD: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: {{ name }}\nspec:\n  imageDigestMirrors:\n";

#[test]
fn findings_that_hold_in_every_reading_are_reported() {
    let icsp = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\nmetadata: {name: a}\nspec:\n  \
                repositoryDigestMirrors:\n";
    let entry = "  - source: quay.io/a\n    mirrors: [m.example/a]\n";
    for (text, wanted) in [
        (
            format!(
                "{icsp}{{% for m in ms %}}\n  - source: {{{{ m }}}}\n    mirrors: {{{{ m }}}}\n{{% endfor %}}\n"
            ),
            "deprecated-icsp: ImageContentSourcePolicy",
        ),
        (
            format!("{{{{- if .old }}}}\n{icsp}{entry}{{{{- else }}}}\n{HEAD}{entry}{{{{- end }}}}\n"),
            "deprecated-icsp: ImageContentSourcePolicy",
        ),
        (
            format!("{HEAD}  - source: http://quay.io\n    mirrors: {{{{ ms }}}}\n"),
            "invalid-source: http://quay.io",
        ),
        (format!("{HEAD}  - source: {{{{ m }}}}\n    mirror: [m.example]\n"), "unknown-field: mirror"),
        (
            HEAD.replace("/v1\n", "/v1beta1\n") + "  - source: {{ a }}\n    mirrors: [a.b]\n",
            "wrong-api-version: config.openshift.io/v1beta1",
        ),
        (format!("{HEAD}  - mirrors: [{{{{ m }}}}/a]\n"), "missing-field: mirrors"),
    ] {
        for name in ["a.yaml.j2", "a.yaml", "templates/a.tpl"] {
            assert_eq!(said(name, &text), [wanted], "{name}: {text}");
        }
    }
}

#[test]
fn findings_that_a_tag_may_change_are_not_reported() {
    for text in [
        // What a tag may add is not missing.
        format!("{HEAD}  - mirrors: [a.b]\n    {{{{ source }}}}\n"),
        format!("{HEAD}  - source: quay.io/a\n    {{{{- toYaml .mirrors | nindent 4 }}}}\n"),
        format!("{HEAD}  - source: quay.io/a\n    mirrors:\n    {{% for m in ms %}}\n    - {{{{ m }}}}\n    {{% endfor %}}\n"),
        format!("{HEAD}  {{{{ entries | indent(2) }}}}\n"),
        HEAD.replace("  name: {{ name }}\n", "  {{ metadata }}\n") + "  - source: a.b\n    mirrors: [c.d]\n",
        // One branch is taken.
        format!("{HEAD}  - source: quay.io/a\n{{% if a %}}\n    mirrors: [a.b]\n{{% else %}}\n    mirrors: [c.d]\n{{% endif %}}\n"),
        format!("{HEAD}  - source: quay.io/a\n{{% if a %}}\n    mirrors: [a.b]\n{{% endif %}}\n{{% if not a %}}\n    mirrors: [c.d]\n{{% endif %}}\n"),
        // Whether two conditions are ever true together nobody can tell.
        format!("{HEAD}  - source: quay.io/a\n{{% if a %}}\n    mirrors: [a.b]\n{{% endif %}}\n{{% if b %}}\n    mirrors: [c.d]\n{{% endif %}}\n"),
        "apiVersion: operator.openshift.io/v1alpha1\n{{- if .a }}\nkind: ImageContentSourcePolicy\n{{- end }}\n{{- if .b }}\nkind: Storage\n{{- end \
         }}\nmetadata: {name: a}\nspec:\n  logLevel: Normal\n"
            .replace("kind: ImageContentSourcePolicy", "kind: Etcd"),
        "apiVersion: {{ api }}\nkind: ImageDigestMirrorSet\nmetadata: {name: a}\nspec: {imageDigestMirrors: {{ a }}}\n".to_owned(),
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: {{ name }}\nspec:\n  registrySources:\n    allowedRegistries: [{{ a }}]\n"
            .to_owned(),
        // A name in capitals, a comment, a text in quotes.
        format!("{HEAD}  - source: @SOURCE@\n    mirrors:\n    $MIRRORS\n"),
        format!("{HEAD}  - source: \"{{{{ a }}}}\"\n    mirrors: ['{{{{ b }}}}']\n    # {{{{ c }}}}\n"),
        // What is defined is printed elsewhere.
        "{{- define \"a\" }}\napiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\n{{- end }}\n".to_owned(),
    ] {
        for name in ["a.yaml.j2", "a.yaml"] {
            assert_eq!(said(name, &text), [""; 0], "{name}: {text}");
        }
    }
}

#[test]
fn an_error_beside_a_variable_is_one_of_the_text() {
    let text = HEAD.replace("{{ name }}", "a") + "  - source: quay.io/a\n    mirrors: [${REGISTRY}/a]\n";
    assert_eq!(said("a.yaml", &text), [""; 0]);
    let broken = text.replace("mirrors: [", "mirrors: [[");
    assert_eq!(said("a.yaml", &broken).len(), 1);
}

#[test]
fn ignores_count_in_templates() {
    let text = "# pullwarden: ignore[deprecated-icsp] the role is for 4.12\napiVersion: operator.openshift.io/v1alpha1\nkind: \
                ImageContentSourcePolicy\nmetadata: {name: a}\nspec:\n  repositoryDigestMirrors: {{ entries }}\n";
    assert_eq!(said("a.yaml.j2", text), ["deprecated-icsp: ImageContentSourcePolicy"]);
    let scratch = Scratch::new("template-ignored", &[("a.yaml.j2", text)]);
    let report = out(&pullwarden(&scratch.0, &["check", "."]));
    assert!(report.contains("1 ignored") && !report.contains("unused"), "{report}");
}

#[test]
fn hostile_templates_end() {
    let nested = format!("{}{}", "{% if a %}\n".repeat(5_000), "{% endif %}\n".repeat(5_000));
    let branches: Vec<String> =
        (0..5_000).map(|at| format!("{{{{ if .a{at} }}}}\nb: c\n{{{{ end }}}}\n")).collect();
    let many = branches.concat();
    let braces = "{{".repeat(200_000);
    let tags = format!("a: [{}]\n", "{{ b }},".repeat(50_000));
    for text in [
        nested,
        many,
        braces,
        tags,
        "{% raw %}".repeat(3),
        "{{ \"".into(),
        "{%}".into(),
        "{{}}".into(),
        "${".into(),
    ] {
        let text = format!("kind: ImageDigestMirrorSet\n{text}");
        assert!(said("a.yaml.j2", &text).len() <= 1);
    }
}

#[test]
fn a_tag_before_a_key_on_its_line_changes_no_column() {
    let head = HEAD.replace("  name: {{ name }}\n", "  name: a\n");
    let good = format!("{head}  - source: quay.io/a\n    mirrors: [m.example/a]\n");
    let bad = format!("{head}  - source: http://quay.io\n    mirrors: [m.example/a]\n");
    for (name, tag, end) in [
        ("a.yaml", "{{ if .Values.x }}", "{{ end }}"),
        ("a.yaml", "{{- if .Values.x }}", "{{- end }}"),
        ("a.yaml", "{{- if .Values.x -}}", "{{- end -}}"),
        ("a.yaml", "{{ if .x }}{{ with .y }}", "{{ end }}{{ end }}"),
        ("a.yaml", "{{/* c */}}", ""),
        ("a.yaml", "{{/* c\n   d */}}", ""),
        ("a.yaml", "{{ $x := 1 }}", ""),
        ("a.yaml", "{{ define \"a\" }}b{{ end }}", ""),
        ("a.yaml.j2", "{% if x %}", "{% endif %}"),
        ("a.yaml.j2", "{# c #}", ""),
        ("a.yaml.erb", "<% if x %>", "<% end %>"),
        ("a.tftpl", "%{ if x }", "%{ endif }"),
    ] {
        assert_eq!(said(name, &format!("{tag}{good}{end}\n")), [""; 0], "{tag}");
        assert_eq!(said(name, &format!("{tag}{bad}{end}\n")), ["invalid-source: http://quay.io"], "{tag}");
        // There, such a tag joins the key to the line above.
        if tag.starts_with("{{-") {
            continue;
        }
        // The tag stands before a key of a map, and before an entry of a list.
        for key in ["  imageDigestMirrors:", "  - source:"] {
            let inner = bad.replace(key, &format!("  {tag}{}", key.trim_start()));
            assert_eq!(
                said(name, &format!("{inner}  {end}\n")),
                ["invalid-source: http://quay.io"],
                "{tag} {key}"
            );
        }
        let item = bad.replace("  - source:", &format!("  - {tag}source:"));
        assert_eq!(said(name, &format!("{item}    {end}\n")), ["invalid-source: http://quay.io"], "{tag}");
    }
}
