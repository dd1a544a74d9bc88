//! The merge keys of lists. Kubernetes' own kinds have some. Other kinds have none, unless an `openapi:` file of the
//! kustomization has a schema for them; then only that file counts.

use crate::resource::Gvk;
use serde_json::Value as Json;

/// The known shape of a value.
#[derive(Clone, Copy)]
pub(crate) enum Schema<'s> {
    /// Unknown: lists are replaced.
    None,
    /// A field of one of Kubernetes' own kinds.
    Builtin { kind: &'s str, parent: &'s str, field: &'s str },
    /// A part of an `openapi:` file.
    Custom { root: &'s Json, part: &'s Json },
}

/// How the items of two lists are matched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MergeKeys<'s> {
    /// Not at all: the new list replaces the old one.
    None,
    /// Items are scalars, and each is kept once.
    Words,
    /// Items with the same values under these keys are merged.
    Keys(Vec<&'s str>),
}

const BUILTIN_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

impl<'s> Schema<'s> {
    /// The schema of a kind; `custom` is the `openapi:` file of the root, if it names one.
    pub(crate) fn of(gvk: &'s Gvk, custom: Option<&'s Json>) -> Self {
        let Some(root) = custom else {
            let known = BUILTIN_GROUPS.contains(&gvk.group.as_str());
            return if known { Self::Builtin { kind: &gvk.kind, parent: "", field: "" } } else { Self::None };
        };
        let is_it = |definition: &Json| {
            let kinds = definition.get("x-kubernetes-group-version-kind").and_then(Json::as_array);
            kinds.into_iter().flatten().any(|known| {
                let text = |key: &str| known.get(key).and_then(Json::as_str).unwrap_or("");
                text("group") == gvk.group && text("version") == gvk.version && *text("kind") == *gvk.kind
            })
        };
        let definitions = root.get("definitions").and_then(Json::as_object);
        let found = definitions.and_then(|all| all.values().find(|definition| is_it(definition)));
        found.map_or(Self::None, |part| Self::Custom { root, part })
    }

    /// The schema of the value under `key`.
    pub(crate) fn field(self, key: &'s str) -> Self {
        match self {
            Self::None => Self::None,
            Self::Builtin { kind, field, .. } => Self::Builtin { kind, parent: field, field: key },
            Self::Custom { root, part } => {
                let properties = part.get("properties").and_then(|properties| properties.get(key));
                let found = properties.or_else(|| part.get("additionalProperties"));
                found.map_or(Self::None, |part| Self::Custom { root, part: resolve(root, part) })
            }
        }
    }

    /// The schema of a list's items.
    pub(crate) fn items(self) -> Self {
        match self {
            Self::Custom { root, part } => {
                part.get("items").map_or(Self::None, |part| Self::Custom { root, part: resolve(root, part) })
            }
            other => other,
        }
    }

    /// How lists of this schema are merged.
    pub(crate) fn merge_keys(self) -> MergeKeys<'s> {
        match self {
            Self::None => MergeKeys::None,
            Self::Builtin { kind, parent, field } => builtin_keys(kind, parent, field),
            Self::Custom { part, .. } => {
                let merges = part.get("x-kubernetes-patch-strategy").and_then(Json::as_str);
                if !merges.is_some_and(|strategy| strategy.split(',').any(|word| word == "merge")) {
                    return MergeKeys::None;
                }
                let list = part.get("x-kubernetes-list-map-keys").and_then(Json::as_array);
                if let Some(keys) = list {
                    return MergeKeys::Keys(keys.iter().filter_map(Json::as_str).collect());
                }
                let key = part.get("x-kubernetes-patch-merge-key").and_then(Json::as_str);
                key.map_or(MergeKeys::Words, |key| MergeKeys::Keys(vec![key]))
            }
        }
    }
}

fn resolve<'s>(root: &'s Json, part: &'s Json) -> &'s Json {
    let mut part = part;
    // This ends references that name themselves.
    for _ in 0..16 {
        let Some(name) = part.get("$ref").and_then(Json::as_str) else { break };
        let Some(found) = name.strip_prefix("#/").and_then(|path| root.pointer(&format!("/{path}"))) else {
            break;
        };
        part = found;
    }
    part
}

/// `x-kubernetes-patch-merge-key` and `x-kubernetes-list-map-keys` of Kubernetes' own kinds.
fn builtin_keys(kind: &str, parent: &str, field: &str) -> MergeKeys<'static> {
    let in_container = parent.ends_with("ontainers");
    MergeKeys::Keys(match field {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "imagePullSecrets" => {
            vec!["name"]
        }
        "env" if in_container => vec!["name"],
        "ports" if in_container => vec!["containerPort", "protocol"],
        "ports" if kind == "Service" && parent == "spec" => vec!["port", "protocol"],
        "volumeMounts" if in_container => vec!["mountPath"],
        "volumeDevices" if in_container => vec!["devicePath"],
        "secrets" if kind == "ServiceAccount" => vec!["name"],
        "webhooks" if kind.ends_with("WebhookConfiguration") => vec!["name"],
        "hostAliases" => vec!["ip"],
        "topologySpreadConstraints" => vec!["topologyKey", "whenUnsatisfiable"],
        "conditions" if parent == "status" => vec!["type"],
        "ownerReferences" if parent == "metadata" => vec!["uid"],
        "finalizers" if parent == "metadata" => return MergeKeys::Words,
        _ => return MergeKeys::None,
    })
}
