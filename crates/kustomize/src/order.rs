//! Sorts the objects of a build.

use crate::error::{Error, Result};
use crate::kustomization::Kustomization;
use crate::resource::{Id, Resource};
use crate::value::Value;

const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts as `sortOptions` of the root demand.
pub(crate) fn sort(root: &Kustomization, resources: &mut [Resource]) -> Result<()> {
    let options = root.fields.get("sortOptions").filter(|options| !options.is_null());
    let order = options.and_then(|options| options.get("order"));
    let legacy =
        options.and_then(|options| options.get("legacySortOptions")).filter(|value| !value.is_null());
    match order.map_or("", Value::text) {
        "fifo" => {
            if let Some(legacy) = legacy {
                return Err(Error::at(legacy.span, "`legacySortOptions` need the order `legacy`"));
            }
            return Ok(());
        }
        "legacy" => {}
        "" if options.is_none() => {}
        other => {
            let span = order.or(options).map_or(root.fields.span, |value| value.span);
            return Err(Error::at(span, format!("the order must be `legacy` or `fifo`, not `{other}`")));
        }
    }
    let listed = |key: &str| -> Option<Vec<String>> {
        let list = legacy?.get(key).filter(|list| !list.is_null())?;
        Some(list.items().iter().map(|item| item.text().to_owned()).collect())
    };
    let owned = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>();
    let (first, last) = if legacy.is_some() {
        (listed("orderFirst").unwrap_or_default(), listed("orderLast").unwrap_or_default())
    } else {
        (owned(&FIRST), owned(&LAST))
    };
    resources.sort_by_cached_key(|resource| key(resource.id(), &first, &last));
    Ok(())
}

fn key(id: &Id, first: &[String], last: &[String]) -> (isize, String, String) {
    let at = |kinds: &[String]| kinds.iter().position(|kind| *kind == *id.gvk.kind);
    let rank = match (at(first), at(last)) {
        (_, Some(at)) => 1 + at.cast_signed(),
        (Some(at), None) => at.cast_signed() - first.len().cast_signed(),
        (None, None) => 0,
    };
    let or = |text, empty| if str::is_empty(text) { empty } else { text };
    // The namespaces of Kubernetes come before other kinds of the same name.
    let is_namespace = *id.gvk.kind == *"Namespace" && id.gvk.group.is_empty();
    let gvk = || [or(&id.gvk.group, "~G"), or(&id.gvk.version, "~V"), or(&id.gvk.kind, "~K")].join("_");
    let gvk = if is_namespace && rank != 0 { String::new() } else { gvk() };
    (rank, gvk, [or(&id.namespace, "~X"), or(&id.name, "~N")].join("|"))
}
