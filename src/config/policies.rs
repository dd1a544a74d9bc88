//! The section `policies` of the configuration. A wrong entry is reported, and the others are used.

use super::form::PolicyConfig;
use super::switches::Setting;
use super::{OneOrMany, Reader, Settings};
use crate::policy::{Configured, InputKind, Policies, Where};
use crate::rules::settings::{self, INVALID_SETTING};
use crate::source::Spanned;
use std::sync::Arc;

impl Reader {
    /// The policies of an entry, if the entry is valid.
    pub(super) fn policy(&mut self, entry: &Spanned<PolicyConfig>) -> Option<Configured> {
        let config = &entry.value;
        if config.path.0.is_empty() {
            // A field that could not be read is reported already.
            let is_said = self.problems.iter().any(|(_, finding)| entry.span.contains(finding.span));
            if !is_said {
                self.problem(&INVALID_SETTING, entry.span, "`path` is missing")
                    .help("name the directory of the policies, as in `path: policy`");
            }
            return None;
        }
        let paths: Vec<Where> = config.path.0.iter().filter_map(|path| self.place(path)).collect();
        if paths.is_empty() {
            return None;
        }
        let data = config.data.0.iter().filter_map(|data| self.place(data)).collect();
        let input = config.input.unwrap_or_default();
        Some(Configured {
            paths,
            namespaces: namespaces(&config.namespaces, input),
            data,
            input,
            language: config.rego.unwrap_or_default(),
        })
    }

    /// A path of the repository.
    fn place(&mut self, path: &Spanned<String>) -> Option<Where> {
        const INSIDE: &str = "name a path of the repository, relative to the configuration; `--policy` and `--data` take any path";
        self.inside(path, INSIDE).map(Where::Repository)
    }
}

fn namespaces(given: &OneOrMany, input: InputKind) -> Vec<String> {
    let given: Vec<String> = given.0.iter().map(|name| name.value.clone()).collect();
    if given.is_empty() { input.namespaces() } else { given }
}

impl Settings {
    /// Adds policies, with their settings in the section `rules`.
    pub fn adopt(&mut self, policies: Policies) {
        let policies = Arc::new(policies);
        self.problems.extend(policies.problems().iter().cloned());
        for (id, setting) in std::mem::take(&mut self.of_policies) {
            let Some(meta) = policies.find(&id.value) else {
                self.problems.push(settings::unknown_policy(id.span, &id.value, policies.ids()));
                continue;
            };
            match setting {
                Setting::Off => self.rules.off.push(meta.id),
                Setting::On(severity) => {
                    self.rules.severities.insert(meta.id, severity);
                }
            }
        }
        self.rules.policies = Some(policies);
    }
}
