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
    /// The program that made the report.
    pub(super) tool: Tool,
    /// Everything found, ignored findings included, in the order of files and places.
    pub(super) diagnostics: Vec<JsonDiagnostic<'r>>,
    /// The numbers of the report.
    pub(super) summary: Summary,
    /// Files that were not checked by themselves, or only in part, in the order of their names.
    pub(super) left_alone: Vec<JsonLeftAlone<'r>>,
}

/// A file that was not checked by itself, or only in part.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LeftAlone")]
pub(super) struct JsonLeftAlone<'r> {
    /// Its name.
    pub(super) file: &'r str,
    /// The reason.
    pub(super) reason: Reason,
    /// The number of documents that a template still has to fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) templates: Option<usize>,
    /// The number of patches that no kustomization uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) patches: Option<usize>,
    /// The number of dependencies that are not in the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dependencies: Option<usize>,
}

/// The reason why a file was not checked by itself.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reason {
    /// Some of its documents are not checked.
    Documents,
    /// Its name says that it is a template, and it names image configuration.
    Template,
    /// An ignore list hides the file although Git tracks it, and it names image configuration.
    Hidden,
    /// It is the `Chart.yaml` of a chart that was rendered without some of its dependencies.
    Dependencies,
}

/// How many images of workloads were checked against the configuration of clusters. An image is a text in the repository.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Images {
    /// Images that were checked against the configuration of a cluster.
    pub(super) held: usize,
    /// The clusters whose configuration was used.
    pub(super) clusters: usize,
    /// Images that reach no cluster with image configuration.
    pub(super) unheld: usize,
}

/// The program that made the report.
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
    /// Its severity.
    pub(super) severity: Severity,
    /// The message: what is wrong, in one line.
    pub(super) message: String,
    /// The help: what to write instead, and what the cluster does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<String>,
    /// Why the severity is lower than that of the rule, or why there is no fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    /// The effect on the cluster, if it is a severe one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) effect: Option<Effect>,
    /// The place of the wrong text.
    #[serde(flatten)]
    pub(super) place: Place<'r>,
    /// The field, as the API server names it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) field: &'r str,
    /// Additional data of a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<&'r serde_json::Map<String, serde_json::Value>>,
    /// The resource that contains the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<Resource<'r>>,
    /// The clusters for which the finding is true.
    pub(super) clusters: &'r [String],
    /// Other places that explain the finding.
    pub(super) related: Vec<JsonRelated<'r>>,
    /// A change that fixes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<JsonFix<'r>>,
    /// Identifies the finding over time, even if lines move.
    pub(super) fingerprint: &'r str,
    /// Whether it is open, ignored or baselined.
    pub(super) state: JsonState,
}

/// The place of a text.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Place<'r> {
    /// The path relative to the root of the repository, with `/`; `<stdin>` for a stream, `DIR (rendered)` for the output of
    /// a command.
    pub(super) file: &'r str,
    /// Lines and columns; absent if the place is a whole file without text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Region>,
    /// The same range in bytes.
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

/// The identity of a resource.
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

/// Another place that explains a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Related")]
pub(super) struct JsonRelated<'r> {
    /// How it explains the finding.
    pub(super) message: String,
    /// The place.
    #[serde(flatten)]
    pub(super) place: Place<'r>,
}

/// A change that fixes a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
pub(super) struct JsonFix<'r> {
    /// What the change does, as an imperative.
    pub(super) title: String,
    /// Whether the change needs a review.
    pub(super) safety: Safety,
    /// The edits, in the order of the text; they do not overlap.
    pub(super) edits: Vec<JsonEdit<'r>>,
}

/// Text to replace.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
pub(super) struct JsonEdit<'r> {
    /// The text that is replaced; the range of an insertion is empty.
    #[serde(flatten)]
    pub(super) place: Place<'r>,
    /// The new text.
    pub(super) replacement: &'r str,
}

/// Whether a finding is open, ignored or baselined.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "status", rename_all = "kebab-case")]
#[schemars(rename = "State")]
pub(super) enum JsonState {
    /// The finding needs attention.
    Open,
    /// Somebody ignored it.
    Ignored {
        /// The reason that the person gave.
        reason: String,
        /// The place of the ignore.
        by: By,
    },
    /// It is in the baseline of accepted findings.
    Baselined,
}

/// The place of an ignore.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum By {
    /// A comment in the manifest.
    Comment,
    /// The configuration.
    Configuration,
}

/// The numbers of a report.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Summary {
    /// Open errors.
    pub(super) errors: usize,
    /// Open warnings.
    pub(super) warnings: usize,
    /// Open notes.
    pub(super) notes: usize,
    /// Ignored findings of any severity.
    pub(super) ignored: usize,
    /// Findings of any severity that are in the baseline.
    pub(super) baselined: usize,
    /// Findings that were left out, since one rule found too many in one cluster.
    pub(super) dropped: usize,
    /// Resources that were checked.
    pub(super) resources: usize,
    /// Clusters that they reach.
    pub(super) clusters: usize,
    /// Files and kustomizations with resources that no cluster is known to get.
    pub(super) alone: usize,
    /// Images of workloads; absent if no rule checks them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) images: Option<Images>,
    /// Policies that ran; absent if none are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policies: Option<usize>,
    /// Objects that the policies checked; absent if none are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) objects: Option<usize>,
    /// Objects that some policies did not check, since all policies took too long; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unfinished: Option<usize>,
    /// Files that were read.
    pub(super) files: usize,
    /// Documents that were not checked since a template still has to fill them in, and files whose names say that they are
    /// templates.
    pub(super) templates: usize,
    /// Patches that were not checked since no kustomization uses them.
    pub(super) patches: usize,
    /// Files that an ignore list hides although Git tracks them.
    pub(super) hidden: usize,
    /// Dependencies of rendered charts that the repository does not contain.
    pub(super) dependencies: usize,
    /// Documents that cannot be read, and that name no kind of image configuration.
    pub(super) unread: usize,
    /// Objects in the fences of Markdown and AsciiDoc, with `--docs` or `docs: true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) examples: Option<usize>,
}
