//! `transformers:` and `generators:`: kustomize's own steps, each with a configuration of its own. All other steps are
//! programs, and no program is started.

use crate::charts;
use crate::error::{Error, Result};
use crate::fields::FieldSpec;
use crate::generators::{self, Kind};
use crate::images::Images;
use crate::labels;
use crate::loader::Build;
use crate::names::{self, End};
use crate::patches;
use crate::place::Place;
use crate::replacements;
use crate::resource::{Gvk, Resource};
use crate::set::Set;
use crate::text::is_text;
use crate::value::Value;
use std::sync::Arc;

/// The configurations in entries: each entry is a text, a file or a directory.
pub(crate) fn read(
    build: &Build<'_>,
    place: &Place,
    entries: &[Value],
    set: &mut Set,
) -> Result<Vec<Resource>> {
    let mut all = Set::default();
    let mut paths = Vec::new();
    for entry in entries {
        match build.objects(&build.inline(entry)) {
            Ok(objects) if !objects.is_empty() => all.append(objects.to_vec(), entry.span)?,
            Err(error) if is_text(entry) => return Err(error),
            _ => paths.push(entry.clone()),
        }
    }
    let mut gathered = build.gather(place, &paths)?;
    if let [first, ..] = &paths[..] {
        all.append(std::mem::take(&mut gathered.resources), first.span)?;
    }
    set.take_notes(gathered);
    Ok(all.resources)
}

/// Whether a configuration is for a generator outside of kustomize that makes policies or clusters.
pub(crate) fn is_carried(configuration: &Resource) -> bool {
    let group = Gvk::new(configuration.value.text_of("apiVersion"), Arc::default()).group;
    match configuration.kind() {
        "PolicyGenerator" => group == "policy.open-cluster-management.io",
        "PolicyGenTemplate" | "SiteConfig" => group == "ran.openshift.io",
        _ => false,
    }
}

/// Whether a configuration is for a chart.
pub(crate) fn is_chart(configuration: &Resource) -> bool {
    configuration.value.text_of("apiVersion") == "builtin" && configuration.kind() == charts::GENERATOR
}

/// The kind of a configuration of kustomize's own steps.
fn kind_of(configuration: &Resource) -> Result<String> {
    let (version, kind) = (configuration.value.text_of("apiVersion"), configuration.kind());
    if version == "builtin" {
        return Ok(kind.to_owned());
    }
    Err(Error::unsupported(configuration.span(), format!("`{kind}` is a program, and none is started")))
}

/// Whether a step itself records the objects that it selects and its changes.
pub(crate) fn says_what_it_changes(step: &str) -> bool {
    step.starts_with("Patch") || matches!(step, "ReplicaCountTransformer" | "ReplacementTransformer")
}

/// Runs one configured step; returns its name.
pub(crate) fn run(
    build: &Build<'_>,
    place: &Place,
    configuration: &Resource,
    set: &mut Set,
) -> Result<&'static str> {
    let value = &configuration.value;
    let specs: Vec<FieldSpec> =
        value.get("fieldSpecs").map_or(&[][..], Value::items).iter().map(FieldSpec::read).collect();
    let list = |key: &str| value.get(key).map_or(&[][..], Value::items);
    Ok(match kind_of(configuration)?.as_str() {
        "PatchTransformer" => {
            patches::patch(build, place, value, set)?;
            "PatchTransformer"
        }
        "PatchStrategicMergeTransformer" => {
            let inline = value.get("patches").filter(|patches| !patches.text().is_empty());
            let all: Vec<Value> = list("paths").iter().chain(inline).cloned().collect();
            patches::strategic_merge(build, place, &all, set)?;
            "PatchStrategicMergeTransformer"
        }
        "PatchJson6902Transformer" => {
            patches::json6902(build, place, value, set, "jsonOp")?;
            "PatchJson6902Transformer"
        }
        "NamespaceTransformer" => {
            if let Some(namespace) = value.at(&["metadata", "namespace"]).filter(|n| !n.text().is_empty()) {
                names::namespace(set, namespace, &specs, value.get("unsetOnly").is_some_and(Value::is_true))?;
            }
            "NamespaceTransformer"
        }
        "PrefixTransformer" => {
            if let Some(prefix) = value.get("prefix") {
                names::affix(set, End::Prefix, prefix, &specs)?;
            }
            "PrefixTransformer"
        }
        "SuffixTransformer" => {
            if let Some(suffix) = value.get("suffix") {
                names::affix(set, End::Suffix, suffix, &specs)?;
            }
            "SuffixTransformer"
        }
        "LabelTransformer" => {
            if let Some(pairs) = value.get("labels") {
                labels::add(set, pairs, &specs)?;
            }
            "LabelTransformer"
        }
        "AnnotationsTransformer" => {
            if let Some(pairs) = value.get("annotations") {
                labels::add(set, pairs, &specs)?;
            }
            "AnnotationsTransformer"
        }
        "ImageTagTransformer" => {
            if let Some(image) = value.get("imageTag") {
                Images::default().set(build, set, image, &specs)?;
            }
            "ImageTagTransformer"
        }
        "ReplicaCountTransformer" => {
            if let Some(replica) = value.get("replica") {
                names::replicas(set, replica, &specs)?;
            }
            "ReplicaCountTransformer"
        }
        "ReplacementTransformer" => {
            for entry in list("replacements") {
                let copied = replacements::apply(build, place, entry, set);
                build.go_on(set, copied)?;
            }
            "ReplacementTransformer"
        }
        other => {
            return Err(Error::unsupported(
                configuration.span(),
                format!("the step `{other}` is not supported"),
            ));
        }
    })
}

/// Runs one configured generator.
pub(crate) fn generate(
    build: &Build<'_>,
    place: &Place,
    configuration: &Resource,
) -> Result<(Resource, &'static str)> {
    let (kind, name) = match kind_of(configuration)?.as_str() {
        "ConfigMapGenerator" => (Kind::ConfigMap, "ConfigMapGenerator"),
        "SecretGenerator" => (Kind::Secret, "SecretGenerator"),
        other => {
            return Err(Error::unsupported(
                configuration.span(),
                format!("the generator `{other}` is not supported"),
            ));
        }
    };
    let mut entry = configuration.value.clone();
    if let Some(metadata) = configuration.value.get("metadata") {
        for member in metadata.members().iter().filter(|member| matches!(&*member.key, "name" | "namespace"))
        {
            entry.put(&member.key, member.key_span, member.value.clone());
        }
    }
    generators::generate(build, place, kind, &entry, None).map(|resource| (resource, name))
}
