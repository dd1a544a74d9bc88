//! `labels`, `commonLabels` and `commonAnnotations`, and the fields that they are written into.

use crate::error::Result;
use crate::fields::{FieldSpec, Leaf};
use crate::set::Set;
use crate::value::Value;

/// Writes pairs into the fields of `specs`.
pub(crate) fn add(set: &mut Set, pairs: &Value, specs: &[FieldSpec]) -> Result<()> {
    // All objects share the texts.
    let texts: Vec<Value> =
        pairs.members().iter().map(|pair| Value::string(pair.value.text(), pair.value.span)).collect();
    for resource in &mut set.resources {
        let id = resource.id().clone();
        for spec in specs.iter().filter(|spec| spec.is_for(&id)) {
            spec.visit(&mut resource.value, Leaf::Map, pairs.span, &mut |map| {
                for (pair, text) in pairs.members().iter().zip(&texts) {
                    map.set(&pair.key, pair.key_span, text.clone());
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// The fields of one entry of `labels`.
pub(crate) fn fields_of(entry: &Value, common: &[FieldSpec], templates: &[FieldSpec]) -> Vec<FieldSpec> {
    let flag = |key: &str| entry.get(key).is_some_and(Value::is_true);
    let mut specs: Vec<FieldSpec> =
        entry.get("fields").map_or(&[][..], Value::items).iter().map(FieldSpec::read).collect();
    if flag("includeSelectors") {
        specs.extend_from_slice(common);
    } else {
        if flag("includeTemplates") {
            specs.extend_from_slice(templates);
        }
        specs.push(FieldSpec::new("", "metadata/labels", true));
    }
    specs
}

/// The kinds that hold a template of pods under `spec/template`.
const WORKLOADS: [&str; 6] =
    ["ReplicationController", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job"];

/// The templates of pods, in kinds that have one; `field` is `labels` or `annotations`.
pub(crate) fn templates(field: &str) -> Vec<FieldSpec> {
    let mut specs: Vec<FieldSpec> = WORKLOADS
        .iter()
        .map(|kind| FieldSpec::new(kind, &format!("spec/template/metadata/{field}"), true))
        .collect();
    for path in ["spec/jobTemplate/metadata", "spec/jobTemplate/spec/template/metadata"] {
        specs.push(FieldSpec::new("batch/CronJob", &format!("{path}/{field}"), true));
    }
    specs
}

/// The fields of `commonLabels`: labels, selectors and templates.
pub(crate) fn common() -> Vec<FieldSpec> {
    let mut specs = vec![FieldSpec::new("", "metadata/labels", true)];
    for (kind, path, create) in [
        ("Service", "spec/selector", true),
        ("ReplicationController", "spec/selector", true),
        ("Deployment", "spec/selector/matchLabels", true),
        ("ReplicaSet", "spec/selector/matchLabels", true),
        ("DaemonSet", "spec/selector/matchLabels", true),
        ("apps/StatefulSet", "spec/selector/matchLabels", true),
        ("apps/StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true),
        ("batch/Job", "spec/selector/matchLabels", false),
        ("batch/CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
        ("policy/PodDisruptionBudget", "spec/selector/matchLabels", false),
        ("networking.k8s.io/NetworkPolicy", "spec/podSelector/matchLabels", false),
        ("networking.k8s.io/NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
        ("networking.k8s.io/NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
    ] {
        specs.push(FieldSpec::new(kind, path, create));
    }
    for kind in ["Deployment", "apps/StatefulSet"] {
        for path in [
            "podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
            "podAffinity/requiredDuringSchedulingIgnoredDuringExecution",
            "podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
            "podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
        ] {
            let path = format!("spec/template/spec/affinity/{path}/labelSelector/matchLabels");
            specs.push(FieldSpec::new(kind, &path, false));
        }
        let path = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";
        specs.push(FieldSpec::new(kind, path, false));
    }
    specs.extend(templates("labels"));
    specs
}

/// The fields of `commonAnnotations`: annotations and templates.
pub(crate) fn annotations() -> Vec<FieldSpec> {
    let mut specs = vec![FieldSpec::new("", "metadata/annotations", true)];
    specs.extend(templates("annotations"));
    specs
}
