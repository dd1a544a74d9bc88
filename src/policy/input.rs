//! The input of policies: an object as its cluster gets it, or a whole cluster. These types define the format:
//! `pullwarden schema policy-input` is generated from them.

mod files;
mod form;

pub use files::NodeFiles;
#[cfg(feature = "policies")]
pub use form::Inventory;
pub use form::{
    ClusterFacts, ClusterInput, ClusterPart, ClusterStanding, ImageInput, MirrorRuleInput, ObjectInput,
    ObjectName, PolicyVerdict, Resolved, Tried,
};

use super::json::Writer;
use crate::model::reference::{is_short, readable};
use crate::model::{Cluster, Identity, Object, Resource, Standing};
use crate::pull::{Resolution, Verdict};
use crate::read::crd::{MirrorKind, SourcePolicy};
use crate::rules::view::ClusterView;
use crate::source::{Sources, Span};
use crate::yaml::Kind;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version of the format. It changes if a field is removed or changes its meaning.
pub const VERSION: u32 = 1;

/// The JSON Schema of the input.
pub fn schema() -> Value {
    schemars::schema_for!(ClusterInput).to_value()
}

impl ClusterInput {
    /// A whole cluster.
    pub fn of(part: Arc<ClusterPart>, objects: Arc<[ObjectInput]>) -> Self {
        Self { version: VERSION, objects, part }
    }
}

impl ObjectInput {
    /// An object as its cluster gets it.
    pub(super) fn of(object: &Object, writer: &Writer, sources: &Sources) -> Self {
        let text = writer.text(object.root());
        // In a list of objects of one kind, these fields may be missing in the items.
        let contents = match object.manifest.implied {
            Some(kind) if object.root().kind() == Kind::Mapping => {
                let mut map = Map::new();
                for (key, value) in text.entries() {
                    map.insert(key.into_owned(), serde_json::to_value(value).unwrap_or_default());
                }
                map.insert("apiVersion".into(), kind.api_version().into());
                map.insert("kind".into(), kind.name().into());
                raw(&map)
            }
            _ => raw(&text),
        };
        Self { path: file_of(object, sources), contents }
    }
}

/// The file that holds an object.
pub(super) fn file_of(object: &Object, sources: &Sources) -> String {
    sources.get(object.span().file).map_or_else(String::new, |source| source.name.clone())
}

impl ObjectName {
    fn of(identity: &Identity) -> Self {
        Self {
            api_version: identity.api_version.to_string(),
            kind: identity.kind.to_string(),
            namespace: identity.namespace.clone(),
            name: identity.name.clone(),
        }
    }
}

#[cfg(feature = "policies")]
impl<'o> Inventory<'o> {
    /// The inventory of some objects.
    pub(super) fn of(objects: impl Iterator<Item = (&'o Identity, &'o ObjectInput)>) -> Self {
        let mut inventory = Self::default();
        for (identity, input) in objects {
            let versions = if identity.namespace.is_empty() {
                &mut inventory.cluster
            } else {
                inventory.namespace.entry(&identity.namespace).or_default()
            };
            let kinds = versions.entry(&identity.api_version).or_default();
            kinds.entry(&identity.kind).or_default().insert(&identity.name, input.contents.clone());
        }
        inventory
    }
}

impl ClusterPart {
    /// The part of a cluster. `files` caches the parsed files of nodes. Fields that take time to compute are filled
    /// only if `reads` returns true for them.
    pub fn of(
        view: &ClusterView<'_>,
        plan: Option<Value>,
        files: &NodeFiles,
        sources: &Sources,
        reads: &dyn Fn(&str) -> bool,
    ) -> Self {
        let cluster = view.cluster;
        let files = || view.files().map(|written| files.of(written)).unwrap_or_default();
        Self {
            cluster: ClusterFacts::of(view),
            mirror_rules: mirror_rules(cluster),
            images: if reads("images") { images(view, sources) } else { Vec::new() },
            files: if reads("files") { files() } else { BTreeMap::new() },
            today: view.today.map(|today| today.to_string()),
            plan,
        }
    }
}

impl ClusterFacts {
    fn of(view: &ClusterView<'_>) -> Self {
        let cluster = view.cluster;
        Self {
            name: cluster.name.clone(),
            standing: standing(cluster),
            openshift: cluster.openshift.map(|version| version.to_string()),
            platform: word(&cluster.platform),
            hosted: cluster.is_hosted(),
            configures_images: cluster.configures_images(),
            stopped: view.nodes().files.as_ref().err().map(ToString::to_string),
        }
    }
}

/// How certain it is that the members form one cluster.
pub(super) fn standing(cluster: &Cluster) -> ClusterStanding {
    if cluster.all_members().all(|(_, evidence)| evidence.is_none()) {
        ClusterStanding::Alone
    } else if cluster.standing == Standing::Exact {
        ClusterStanding::Known
    } else {
        ClusterStanding::Guessed
    }
}

/// The spelling of a value in configurations and reports.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn mirror_rules(cluster: &Cluster) -> Vec<MirrorRuleInput> {
    let entries = cluster.mirror_entries().map(|(resource, set, entry)| MirrorRuleInput {
        object: ObjectName::of(resource.identity()),
        path: entry_path(resource, entry.source.span),
        by_digest: set.kind != MirrorKind::Tag,
        source: entry.source.value.clone(),
        mirrors: entry.mirrors().iter().map(|mirror| mirror.value.clone()).collect(),
        never_contact_source: entry
            .policy
            .as_ref()
            .is_some_and(|policy| policy.value == SourcePolicy::NeverContactSource),
    });
    entries.collect()
}

/// The path of the entry whose source is at `span`.
fn entry_path(resource: &Resource, span: Span) -> String {
    let path = resource.manifest.root().path_to(span);
    path.rsplit_once('.').map_or(path.clone(), |(entry, _)| entry.to_owned())
}

fn images(view: &ClusterView<'_>, sources: &Sources) -> Vec<ImageInput> {
    let mut images = Vec::new();
    for (workload, image) in view.cluster.workload_images() {
        let span = image.image.span;
        let place = sources
            .get(span.file)
            .map_or_else(String::new, |source| format!("{}:{}", source.name, source.line_of(span.start) + 1));
        let name = image.image.value.as_str();
        let answer = view.answer(name);
        let resolved = match answer {
            Some(answer) => Resolved::of(name, answer.is_short, &answer.resolutions),
            None => Resolved::unknown(name),
        };
        let object = ObjectName::of(&workload.identity);
        images.push(ImageInput { object, path: image.field.to_string(), place, resolved });
    }
    images
}

impl Resolved {
    /// The resolution of a name. A short name may stand for several full names.
    pub(super) fn of(spec: &str, short: bool, resolutions: &[Resolution]) -> Self {
        let verdicts =
            || resolutions.iter().filter_map(|one| one.policy.as_ref()).map(|policy| policy.verdict);
        let verdict = if verdicts().any(|verdict| verdict == Verdict::Accepted) {
            PolicyVerdict::Accepted
        } else if verdicts().any(|verdict| verdict == Verdict::IfSigned) {
            PolicyVerdict::IfSigned
        } else if verdicts().next().is_some() {
            PolicyVerdict::Rejected
        } else {
            PolicyVerdict::Unknown
        };
        let tried = resolutions.iter().flat_map(|one| &one.sources).map(|source| Tried {
            reference: source.reference.clone(),
            location: source.location.clone(),
            mirror: source.pull_from_mirror.is_some(),
            insecure: source.insecure,
            blocked: source.blocked_by.is_some(),
        });
        let names = resolutions.iter().map(|one| one.normalized.clone()).filter(|name| !name.is_empty());
        Self {
            spec: spec.to_owned(),
            names: names.collect(),
            short,
            verdict,
            pullable: (!resolutions.is_empty()).then(|| resolutions.iter().any(Resolution::is_pullable)),
            tried: tried.collect(),
            error: resolutions.iter().find_map(|one| one.error.as_ref()).map(ToString::to_string),
        }
    }

    /// A name whose resolution is not known.
    pub(super) fn unknown(spec: &str) -> Self {
        Self {
            spec: spec.to_owned(),
            names: Vec::new(),
            short: is_short(&readable(spec)),
            verdict: PolicyVerdict::Unknown,
            pullable: None,
            tried: Vec::new(),
            error: None,
        }
    }
}

/// A value as JSON text.
fn raw(value: &impl Serialize) -> Arc<RawValue> {
    to_raw_value(value).map_or_else(|_| RawValue::NULL.to_owned().into(), Arc::from)
}
