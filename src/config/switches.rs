//! The section `rules` of the configuration: which rules are on, their severities and their options.

use super::Reader;
use crate::check::engine::{Active, RuleSet};
use crate::rules::rule::{Preset, SEVERITY_KEY, Severity, is_policy};
use crate::rules::{self, settings};
use crate::source::{FileId, Span, Spanned};
use crate::yaml::{Kind, Node};
use std::collections::HashMap;

/// The setting of a rule.
pub(super) enum Setting {
    Off,
    On(Severity),
}

impl Reader {
    /// The rules of a preset and the `selected` ones, as the section changes them.
    pub(super) fn rules(
        &mut self,
        node: Option<Node<'_>>,
        preset: Preset,
        selected: &[&'static str],
    ) -> RuleSet {
        let mut set = RuleSet::default();
        let mut configured: HashMap<&'static str, Node<'_>> = HashMap::new();
        if let Some(node) = node.filter(|node| !node.is_null()) {
            if node.kind() == Kind::Mapping {
                for entry in node.entries() {
                    let id = entry.key.key_text();
                    match rules::find(&id) {
                        Some(rule) => {
                            configured.insert(rule.meta.id, entry.value);
                        }
                        // The names of policies are known only after they are read.
                        None if is_policy(&id) => self.of_policy(&id, entry.key.span(), entry.value),
                        None => self.problems.push(settings::unknown_rule(entry.key.span(), &id)),
                    }
                }
            } else {
                self.problem(
                    &settings::INVALID_SETTING,
                    node.span(),
                    "`rules` is a map from rule ids to settings",
                );
            }
        }
        for entry in rules::ALL {
            let meta = entry.meta;
            let node = configured.get(meta.id).copied();
            let severity = match node {
                Some(node) if node.kind() == Kind::Mapping => {
                    node.get(SEVERITY_KEY).and_then(|severity| self.severity(severity))
                }
                Some(node) => self.severity(node),
                None => None,
            };
            match severity {
                Some(Setting::Off) => {
                    set.off.push(meta.id);
                    continue;
                }
                Some(Setting::On(severity)) => {
                    set.severities.insert(meta.id, severity);
                }
                // A rule with options is on, also if the preset lacks it.
                None if meta.preset > preset
                    && !selected.contains(&meta.id)
                    && node.is_none_or(|node| node.kind() != Kind::Mapping) =>
                {
                    set.off.push(meta.id);
                    continue;
                }
                None => {}
            }
            let options = node.filter(|node| node.kind() == Kind::Mapping);
            match &entry.runner {
                Some(runner) => {
                    let (check, errors) = (runner.configure)(options);
                    for error in errors {
                        self.error(&error, error.span.map_or(FileId(0), |span| span.file));
                    }
                    set.active.push(Active { meta, check });
                }
                None => {
                    for option in options.map(Node::entries).unwrap_or_default() {
                        if option.key.key_text() != SEVERITY_KEY {
                            let message = format!("there is no key `{}` here", option.key.key_text());
                            self.problem(&settings::UNKNOWN_KEY, option.key.span(), message)
                                .help("this rule has no option but `severity`");
                        }
                    }
                }
            }
        }
        set
    }

    /// The setting of a policy: its severity, or `off`.
    fn of_policy(&mut self, id: &str, span: Span, node: Node<'_>) {
        let id = Spanned::new(id.to_owned(), span);
        let setting = if node.kind() == Kind::Mapping {
            for option in node.entries().iter().filter(|option| option.key.key_text() != SEVERITY_KEY) {
                let message = format!("there is no key `{}` here", option.key.key_text());
                self.problem(&settings::UNKNOWN_KEY, option.key.span(), message)
                    .help("a policy has no option but `severity`; its settings can be in `data`");
            }
            node.get(SEVERITY_KEY).and_then(|severity| self.severity(severity))
        } else {
            self.severity(node)
        };
        self.of_policies.extend(setting.map(|setting| (id, setting)));
    }

    fn severity(&mut self, node: Node<'_>) -> Option<Setting> {
        Some(match node.text() {
            "off" => Setting::Off,
            "error" => Setting::On(Severity::Error),
            "warning" => Setting::On(Severity::Warning),
            "note" => Setting::On(Severity::Note),
            other => {
                let message = match node.kind() {
                    Kind::Scalar if !node.is_absent() => format!("`{other}` is not a severity"),
                    _ => "a severity is expected here".to_owned(),
                };
                self.problem(&settings::INVALID_SETTING, node.span(), message)
                    .help("a severity is one of `error`, `warning`, `note`, and `off`");
                return None;
            }
        })
    }
}
