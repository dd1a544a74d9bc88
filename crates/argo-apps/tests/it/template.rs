//! Go templates (`GoTemplate.md`).

use crate::{Memory, expect, expect_all, left_out, read, set};

#[test]
fn go_templates_are_evaluated_as_far_as_paths_need_them() {
    let repository = Memory::directories(&["clusters/prod-eu"]);
    let element = "- list:\n    elements:\n    - {name: Prod_eu, env: prod, region: eu, empty: '', app: {dir: clusters, my-key: eu}, parts: [prod, eu], full: clusters/prod-eu.x}";
    for path in [
        "{{ .app.dir }}/{{ .env }}-{{ .region }}",
        "clusters/{{- .env -}} -{{ .region }}",
        "clusters/{{ .name | lower | replace \"_\" \"-\" }}",
        "clusters/{{ normalize .name }}",
        "clusters/{{ default \"prod\" .empty }}-{{ .missing | default `eu` }}",
        "clusters/{{ index .parts 0 }}-{{ index .app \"my-key\" }}",
        "{{ trimSuffix \".x\" .full }}",
        "{{ trimSuffix \".x\" (printf \"%s\" .full) | trim }}",
        "clusters/{{ join \"-\" .parts }}",
        "{{/* where it is */}}clusters/{{ printf \"%s-%v\" .env .region }}",
        "{{ dir .full }}/{{ trimSuffix \".x\" (base .full) }}",
        "{{ (index (splitList \"/\" .full) 0) }}/{{ first .parts }}-{{ last .parts }}",
        "{{ $.app.dir }}/prod-eu",
        "clusters/{{ \"PROD\" | lower }}-eu",
        "clusters/{{ .env }}-{{ trimPrefix \"}}\" \"}}eu\" }}",
    ] {
        expect_all(
            &set(true, element, path, "name: x"),
            &repository,
            "app: \"clusters/prod-eu\" -> cluster x",
        );
    }
    for path in [
        "clusters/{{ if .env }}prod-eu{{ end }}",
        "{{ $x := 1 }}clusters/prod-eu",
        "clusters/{{ sha256sum .env }}",
        "{{ .env",
        "{{ .app }}",
        "{{ . }}",
    ] {
        let text = set(true, element, path, "name: x");
        expect(&text, &repository, "");
        assert!(left_out(&read(&text, &repository), &text).contains("is not evaluated"), "{path}");
    }
    expect(
        &set(true, element, "clusters/prod-eu", "name: '{{ env \"X\" }}'"),
        &repository,
        "app: \"clusters/prod-eu\" -> [{{ env \"X\" }}]",
    );
    // A missing value is no directory, whichever way Argo CD takes it.
    expect_all(&set(true, element, "clusters/{{ .nothing }}", "name: x"), &repository, "");
}
