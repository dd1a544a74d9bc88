//! The keys of the certificates' ConfigMap name registries: `host`, or `host..port`.

use crate::finding::{Effect, Findings, Fix};
use crate::model::trusted_ca::{KeyFlaw, check_key, meant_key, registry};
use crate::model::{Cluster, Resource};
use crate::read::crd::is_placeholder;
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::source::Spanned;
use crate::yaml::edit::Edit;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidTrustedCaKey {}

impl Rule for InvalidTrustedCaKey {
    const META: Meta = Meta {
        id: "invalid-trusted-ca-key",
        summary: "a key of the trusted certificates that is not a registry",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: None,
        yields_to: &[],
        since: "0.1.0",
    };

    const IS_FOR_TEMPLATES: bool = true;

    fn check(&self, cluster: &Cluster, out: &mut Findings) {
        let Some(ca) = cluster.trusted_ca() else { return };
        let Some((resource, map)) = ca.found else { return };
        let keys = || map.entries.iter().map(|entry| &entry.key);
        let serves_registries =
            keys().any(|key| check_key(&key.value).is_none() || is_placeholder(&key.value));
        for key in keys().filter(|key| !is_placeholder(&key.value)) {
            let Some(flaw) = check_key(&key.value) else { continue };
            let meant = meant_key(&key.value);
            // The same ConfigMap may serve the proxy, which reads `ca-bundle.crt`.
            if flaw == KeyFlaw::File && meant.is_none() && serves_registries {
                continue;
            }
            let name = &key.value;
            let (message, what) = match flaw {
                KeyFlaw::Refused => (
                    format!("`{name}` cannot be a key of a ConfigMap"),
                    "the API server refuses the whole ConfigMap: keys are made of letters, digits, `-`, `_` and `.`"
                        .to_owned(),
                ),
                KeyFlaw::File => (format!("`{name}` is the name of a file, not of a registry"), unread(name)),
                KeyFlaw::NoRegistry => (format!("`{name}` is not the name of a registry"), unread(name)),
            };
            let instead = match &meant {
                Some((meant, _)) if keys().any(|other| other.value == *meant) => {
                    format!("remove it, since `{meant}` is here already")
                }
                Some((meant, _)) => format!("write `{meant}`"),
                None => "write the registry as `host`, or as `host..port`".to_owned(),
            };
            let finding = out.report(key.span, message);
            finding.related(ca.name.span, "named here as certificates of registries").stands_alone();
            finding.help(format!("{instead}; {what}"));
            match flaw {
                KeyFlaw::Refused => finding.effect(Effect::Refused),
                KeyFlaw::File if meant.is_none() => finding.severity(Severity::Warning),
                _ => finding,
            };
            if let Some((meant, is_sure)) = meant {
                let title = format!("rename it to `{meant}`");
                let edit = rename(resource, key, &meant);
                finding.fix(if is_sure { Fix::safe(title, [edit]) } else { Fix::unsafe_(title, [edit]) });
            }
        }
    }
}

fn unread(key: &str) -> String {
    format!("nodes get it as `/etc/docker/certs.d/{}/ca.crt`, where no pull looks for it", registry(key))
}

/// Renames a key that stands unchanged in the file, unless the new name is there already.
fn rename(resource: &Resource, key: &Spanned<String>, to: &str) -> Option<Edit> {
    let document = resource.manifest.document();
    if document.is_composed() || key.span.file != document.file() {
        return None;
    }
    let written = document.source()[key.span.range()].trim_matches(['"', '\'']);
    let edit = resource.edit();
    (written == key.value && !edit.has_beside(key.span, to)).then(|| edit.rename(key.span, to))?
}
