//! The types of the report, which are its format.

use super::VERSION;
use crate::finding::{Effect, Safety};
use crate::rules::rule::Severity;
use schemars::JsonSchema;
use serde::Serialize;

/// A report of pullwarden.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "pullwarden report")]
pub(super) struct JsonReport<'r> {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    pub(super) version: u32,
    /// What made the report.
    pub(super) tool: Tool,
    /// Everything found, ignored findings included, in the order of files and places.
    pub(super) diagnostics: Vec<JsonDiagnostic<'r>>,
    /// What it amounts to.
    pub(super) summary: Summary,
    /// Files that were not looked at by themselves, or not all of them, in the order of their names.
    pub(super) left_alone: Vec<JsonLeftAlone<'r>>,
}

/// A file that was not looked at by itself, or not all of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LeftAlone")]
pub(super) struct JsonLeftAlone<'r> {
    /// Its name.
    pub(super) file: &'r str,
    /// Why.
    pub(super) reason: Reason,
    /// Documents that a template fills in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) templates: Option<usize>,
    /// Patches that no kustomization takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) patches: Option<usize>,
}

/// Why a file was not looked at by itself.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reason {
    /// Some of its documents are none to look at.
    Documents,
    /// Its name says that it is a template, and it names image configuration.
    Template,
    /// An ignore list hides it though Git tracks it, and it names image configuration.
    Hidden,
}

/// How many images of workloads were held against clusters. An image is a text of the repository.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Images {
    /// Images that the configuration of some cluster was asked for.
    pub(super) held: usize,
    /// The clusters whose configuration was asked.
    pub(super) clusters: usize,
    /// Images that the configuration of no cluster was asked for.
    pub(super) unheld: usize,
}

/// What made the report.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Tool {
    /// Its name.
    pub(super) name: &'static str,
    /// Its version.
    pub(super) version: &'static str,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Diagnostic")]
pub(super) struct JsonDiagnostic<'r> {
    /// The rule that found it.
    pub(super) rule: &'static str,
    /// How much it matters.
    pub(super) severity: Severity,
    /// What is wrong; one line.
    pub(super) message: String,
    /// What the cluster will do, and what to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<String>,
    /// Why it weighs less than the rule says, or why a change is not offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    /// What the cluster does because of it, if it is one of a few drastic things.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) effect: Option<Effect>,
    /// Where it is.
    #[serde(flatten)]
    pub(super) place: Place<'r>,
    /// The field, as the API server names it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) field: &'r str,
    /// What a policy says beside its message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<&'r serde_json::Map<String, serde_json::Value>>,
    /// The resource that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<Resource<'r>>,
    /// The clusters that it holds for.
    pub(super) clusters: &'r [String],
    /// Other places that make it wrong.
    pub(super) related: Vec<JsonRelated<'r>>,
    /// A change that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<JsonFix<'r>>,
    /// What identifies it over time, however lines move.
    pub(super) fingerprint: &'r str,
    /// What became of it.
    pub(super) state: JsonState,
}

/// Where a text stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Place<'r> {
    /// Path relative to the repository root, with `/`; `<stdin>` for a stream, `DIR (rendered)` for what a command
    /// printed.
    pub(super) file: &'r str,
    /// Lines and columns; absent where a whole file is meant that has no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Region>,
    /// The same in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<Bytes>,
}

/// A range of text.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Region {
    /// The first character.
    pub(super) start: JsonPosition,
    /// The place behind the last character.
    pub(super) end: JsonPosition,
}

/// A place between characters.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Position")]
pub(super) struct JsonPosition {
    /// Line, from 1.
    #[schemars(range(min = 1))]
    pub(super) line: usize,
    /// Column in characters, from 1.
    #[schemars(range(min = 1))]
    pub(super) column: usize,
}

/// A range of bytes in a file.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Bytes {
    /// The first byte, from 0.
    pub(super) start: u32,
    /// The byte behind the last one.
    pub(super) end: u32,
}

/// What a resource is called.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Resource<'r> {
    /// `apiVersion` as written.
    pub(super) api_version: &'r str,
    /// `kind` as written.
    pub(super) kind: &'r str,
    /// `metadata.namespace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<&'r str>,
    /// `metadata.name`.
    pub(super) name: &'r str,
}

/// Another place that has to do with a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Related")]
pub(super) struct JsonRelated<'r> {
    /// What it has to do with it.
    pub(super) message: String,
    /// Where.
    #[serde(flatten)]
    pub(super) place: Place<'r>,
}

/// A change that mends a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
pub(super) struct JsonFix<'r> {
    /// What it does, as an order.
    pub(super) title: String,
    /// Whether it can be applied unseen.
    pub(super) safety: Safety,
    /// The edits, in the order of the text; they do not overlap.
    pub(super) edits: Vec<JsonEdit<'r>>,
}

/// Text to replace.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
pub(super) struct JsonEdit<'r> {
    /// What goes; an insertion has an empty range.
    #[serde(flatten)]
    pub(super) place: Place<'r>,
    /// What comes.
    pub(super) replacement: &'r str,
}

/// What became of a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "status", rename_all = "kebab-case")]
#[schemars(rename = "State")]
pub(super) enum JsonState {
    /// Somebody should look at it.
    Open,
    /// Somebody said "not here".
    Ignored {
        /// Why.
        reason: String,
        /// Where that was said.
        by: By,
    },
    /// It was there when somebody wrote down what is accepted.
    Baselined,
}

/// Where a finding was ignored.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum By {
    /// In the manifest.
    Comment,
    /// In the configuration.
    Configuration,
}

/// What a report amounts to.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Summary {
    /// Open errors.
    pub(super) errors: usize,
    /// Open warnings.
    pub(super) warnings: usize,
    /// Open notes.
    pub(super) notes: usize,
    /// Findings of any weight that somebody said "not here" to.
    pub(super) ignored: usize,
    /// Findings of any weight that the baseline holds back.
    pub(super) baselined: usize,
    /// Findings left out since one rule found too many in one cluster.
    pub(super) dropped: usize,
    /// Resources that were checked.
    pub(super) resources: usize,
    /// Clusters that they reach.
    pub(super) clusters: usize,
    /// Files and kustomizations with resources that no cluster is known to get.
    pub(super) alone: usize,
    /// Images of workloads; absent where no rule asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) images: Option<Images>,
    /// Policies that ran; absent where none are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policies: Option<usize>,
    /// Objects that they looked at; absent where none are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) objects: Option<usize>,
    /// Files that were read.
    pub(super) files: usize,
    /// Documents left alone since a template fills them in, and files that are templates by their names.
    pub(super) templates: usize,
    /// Patches left alone since no kustomization takes them.
    pub(super) patches: usize,
    /// Files that an ignore list hides though Git tracks them.
    pub(super) hidden: usize,
    /// Documents that cannot be read, and that name nothing of ours.
    pub(super) unread: usize,
}
