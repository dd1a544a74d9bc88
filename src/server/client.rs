//! The abilities and the settings of a client.

use super::place::Encoding;
use crate::openshift::{Platform, Version};
use crate::rules::rule::Preset;
use serde_json::Value;

/// The abilities of a client, as its first request lists them.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own")]
pub(super) struct Client {
    /// How it counts columns.
    pub(super) encoding: Encoding,
    /// Whether it shows related places.
    pub(super) has_related: bool,
    /// Whether it can be asked to watch files.
    pub(super) watches: bool,
    /// Whether it can be asked for its settings.
    pub(super) has_settings: bool,
    /// Whether edits may name the version of a text.
    pub(super) has_versions: bool,
    /// Whether edits may have places to fill in.
    pub(super) has_snippets: bool,
    /// Whether the edits of an action may come later than the action.
    pub(super) resolves_edits: bool,
    /// Whether symbols may be a tree.
    pub(super) has_trees: bool,
    /// Whether it can be asked to request diagnostics again.
    pub(super) refreshes_diagnostics: bool,
    /// Whether it can be asked to request code lenses again.
    pub(super) refreshes_lenses: bool,
    /// Whether a fix that must not be made can be shown with the reason.
    pub(super) shows_disabled: bool,
}

impl Client {
    /// Reads the capabilities of `initialize`. A value of a wrong type counts as missing.
    pub(super) fn of(capabilities: &Value) -> Self {
        let is = |path: &str| capabilities.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let encodings = capabilities.pointer("/general/positionEncodings").and_then(Value::as_array);
        let later = capabilities
            .pointer("/textDocument/codeAction/resolveSupport/properties")
            .and_then(Value::as_array);
        Self {
            encoding: Encoding::first_of(encodings.into_iter().flatten().filter_map(Value::as_str)),
            has_related: is("/textDocument/publishDiagnostics/relatedInformation"),
            watches: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            has_settings: is("/workspace/configuration"),
            has_versions: is("/workspace/workspaceEdit/documentChanges"),
            has_snippets: is("/workspace/workspaceEdit/snippetEditSupport"),
            resolves_edits: later.into_iter().flatten().any(|property| property == "edit"),
            has_trees: is("/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            refreshes_diagnostics: is("/workspace/diagnostics/refreshSupport"),
            refreshes_lenses: is("/workspace/codeLens/refreshSupport"),
            shows_disabled: is("/textDocument/codeAction/disabledSupport"),
        }
    }
}

/// What a user sets in the client, in the section `pullwarden`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Options {
    /// The release of all clusters, as `--openshift`.
    pub(super) openshift: Option<Version>,
    /// The platform of all clusters, as `--platform`.
    pub(super) platform: Option<Platform>,
    /// The set of rules to start from, as `--preset`.
    pub(super) preset: Option<Preset>,
    /// The baseline, relative to the folder, as `--baseline`.
    pub(super) baseline: Option<String>,
    /// Whether the policies of the configuration run.
    pub(super) policies: bool,
    /// Whether the client requests diagnostics, so that the server does not send them by itself.
    pub(super) is_asked: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            openshift: None,
            platform: None,
            preset: None,
            baseline: None,
            policies: true,
            is_asked: false,
        }
    }
}

impl Options {
    /// Reads the settings, and returns what is wrong with them.
    pub(super) fn read(given: &Value) -> (Self, Vec<String>) {
        let mut options = Self::default();
        let mut wrong = Vec::new();
        let section = given.get("pullwarden").unwrap_or(given);
        for (name, value) in section.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            if !options.set(name, value) {
                let value: String = value.to_string().chars().take(100).collect();
                wrong.push(format!("the setting `pullwarden.{name}` cannot be {value}"));
            }
        }
        (options, wrong)
    }

    /// Sets an option; false if the value is wrong. An unknown setting is ignored: only the client uses it.
    fn set(&mut self, name: &str, value: &Value) -> bool {
        // Some clients send an empty text for a setting without a value.
        let text = value.as_str().filter(|text| !text.is_empty());
        match name {
            "openshift" => self.openshift = text.and_then(|text| text.parse().ok()),
            "platform" => self.platform = text.and_then(read),
            "preset" => self.preset = text.and_then(read),
            "baseline" => self.baseline = text.map(str::to_owned),
            "policies" => match value.as_bool() {
                Some(policies) => self.policies = policies,
                None => return false,
            },
            "diagnostics" => match value.as_str() {
                Some("push") => self.is_asked = false,
                Some("pull") => self.is_asked = true,
                _ => return false,
            },
            _ => return true,
        }
        let is_set = match name {
            "openshift" => self.openshift.is_some(),
            "platform" => self.platform.is_some(),
            "preset" => self.preset.is_some(),
            "baseline" => self.baseline.is_some(),
            _ => true,
        };
        is_set || value.as_str() == Some("")
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_that_are_wrong_are_told_and_left_out() {
        let given = json!({
            "openshift": "4.18", "preset": "strict", "platform": "moon", "baseline": 3, "policies": "no",
            "trace": { "server": "off" }, "diagnostics": "pull",
        });
        let (options, wrong) = Options::read(&given);
        assert_eq!(options.openshift, "4.18".parse().ok());
        assert_eq!((options.preset, options.platform, options.is_asked), (Some(Preset::Strict), None, true));
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert_eq!(Options::read(&json!({ "pullwarden": given })).0, options);
        assert_eq!(Options::read(&json!({ "openshift": "", "preset": null })), (Options::default(), vec![]));
        assert_eq!(Options::read(&json!(["x"])), (Options::default(), vec![]));
    }

    #[test]
    fn what_a_client_cannot_do_is_missing() {
        let client = Client::of(&json!({ "general": { "positionEncodings": ["utf-7", "utf-8", "utf-16"] } }));
        assert_eq!(client.encoding, Encoding::Utf8);
        assert!(!client.watches && !Client::of(&json!("nonsense")).has_related);
    }
}
