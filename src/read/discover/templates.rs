//! Templates of manifests, by their names.

use std::path::Path;

/// The endings of templates: Jinja, Go, Terraform, Ruby, Mustache and similar ones, and languages that print manifests.
const ENDINGS: [&str; 16] = [
    "j2",
    "jinja",
    "jinja2",
    "tmpl",
    "tpl",
    "gotmpl",
    "tftpl",
    "erb",
    "template",
    "templ",
    "mustache",
    "hbs",
    "handlebars",
    "jsonnet",
    "libsonnet",
    "cue",
];

/// Whether a file is a template, by its name: `x.yaml.j2`, `x.tftpl`, `x.yaml.in`.
pub(super) fn is_template(path: &Path) -> bool {
    let ending =
        |path: &Path| path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let Some(last) = ending(path) else { return false };
    // `.in` alone has many other uses.
    let is_filled_in =
        || last == "in" && path.file_stem().is_some_and(|stem| super::is_manifest(Path::new(stem)));
    ENDINGS.contains(&last.as_str()) || is_filled_in()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_templates() {
        for name in [
            "a.j2",
            "idms.yaml.j2",
            "x.JINJA2",
            "a/b.tftpl",
            "x.yaml.in",
            "x.json.in",
            "main.libsonnet",
            "t.erb",
        ] {
            assert!(is_template(Path::new(name)), "{name}");
        }
        for name in ["a.yaml", "config.in", "j2", ".tpl", "a.yaml.bak", "a.txt", "template.yaml"] {
            assert!(!is_template(Path::new(name)), "{name}");
        }
    }
}
