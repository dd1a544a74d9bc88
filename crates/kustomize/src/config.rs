//! The fields that steps change: the built-in ones of kustomize, and those in `configurations:` and `crds:`.

use crate::error::{Error, Result};
use crate::fields::{FieldSpec, PODS};
use crate::images;
use crate::labels;
use crate::references::Reference;
use crate::resource::Gvk;
use crate::value::Value;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The fields that steps change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) prefix: Vec<FieldSpec>,
    pub(crate) suffix: Vec<FieldSpec>,
    pub(crate) namespace: Vec<FieldSpec>,
    pub(crate) common_labels: Vec<FieldSpec>,
    pub(crate) template_labels: Vec<FieldSpec>,
    pub(crate) annotations: Vec<FieldSpec>,
    pub(crate) images: Vec<FieldSpec>,
    pub(crate) replicas: Vec<FieldSpec>,
    pub(crate) vars: Vec<FieldSpec>,
    /// Only those of the user.
    pub(crate) references: Vec<Reference>,
}

/// The built-in fields of kustomize.
static KNOWN: LazyLock<Config> = LazyLock::new(|| {
    let replicas = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
    Config {
        prefix: vec![FieldSpec::new("", "metadata/name", false)],
        suffix: vec![FieldSpec::new("", "metadata/name", false)],
        namespace: vec![
            FieldSpec::new("apiregistration.k8s.io/APIService", "spec/service/namespace", true),
            FieldSpec::new(
                "apiextensions.k8s.io/CustomResourceDefinition",
                "spec/conversion/webhook/clientConfig/service/namespace",
                false,
            ),
        ],
        common_labels: labels::common(),
        template_labels: labels::templates("labels"),
        annotations: labels::annotations(),
        images: images::fields(),
        replicas: replicas.iter().map(|kind| FieldSpec::new(kind, "spec/replicas", true)).collect(),
        vars: of_vars(),
        references: Vec::new(),
    }
});

impl Config {
    /// The built-in fields, and those that `configurations:` add.
    pub(crate) fn with(added: &Config) -> Cow<'static, Config> {
        if *added == Config::default() {
            return Cow::Borrowed(&KNOWN);
        }
        let mut all = KNOWN.clone();
        all.merge(added);
        Cow::Owned(all)
    }

    /// Adds the fields in a file of `configurations:`.
    pub(crate) fn add(&mut self, file: &Value) -> Result<()> {
        for member in file.members() {
            let list = match &*member.key {
                "namePrefix" => &mut self.prefix,
                "nameSuffix" => &mut self.suffix,
                "namespace" => &mut self.namespace,
                "commonLabels" | "labels" => &mut self.common_labels,
                "templateLabels" => &mut self.template_labels,
                "commonAnnotations" => &mut self.annotations,
                "images" => &mut self.images,
                "replicas" => &mut self.replicas,
                "varReference" => &mut self.vars,
                "nameReference" => {
                    for reference in member.value.items() {
                        let text = |key: &str| reference.text_of(key).to_owned();
                        let to =
                            Gvk { group: text("group"), version: text("version"), kind: text("kind").into() };
                        let fields = reference.get("fieldSpecs").map_or(&[][..], Value::items);
                        self.references
                            .push(Reference { to, fields: fields.iter().map(FieldSpec::read).collect() });
                    }
                    continue;
                }
                other => {
                    let message = format!("kustomize does not know `{other}` in a configuration");
                    return Err(Error::at(member.key_span, message));
                }
            };
            push_new(list, member.value.items().iter().map(FieldSpec::read));
        }
        Ok(())
    }

    /// Adds the fields of a base.
    pub(crate) fn merge(&mut self, other: &Config) {
        let lists = [
            (&mut self.prefix, &other.prefix),
            (&mut self.suffix, &other.suffix),
            (&mut self.namespace, &other.namespace),
            (&mut self.common_labels, &other.common_labels),
            (&mut self.template_labels, &other.template_labels),
            (&mut self.annotations, &other.annotations),
            (&mut self.images, &other.images),
            (&mut self.replicas, &other.replicas),
            (&mut self.vars, &other.vars),
        ];
        for (list, others) in lists {
            push_new(list, others.iter().cloned());
        }
        self.references.extend_from_slice(&other.references);
    }
}

/// Adds the items that a list does not have yet.
fn push_new(list: &mut Vec<FieldSpec>, specs: impl Iterator<Item = FieldSpec>) {
    for spec in specs {
        if !list.contains(&spec) {
            list.push(spec);
        }
    }
}

/// The fields in which variables are replaced.
fn of_vars() -> Vec<FieldSpec> {
    let mut specs = Vec::new();
    for (kind, at) in PODS {
        for containers in ["containers", "initContainers"] {
            for field in ["args", "command", "env/value", "volumeMounts/mountPath"] {
                specs.push(FieldSpec::new(kind, &format!("{at}/{containers}/{field}"), false));
            }
        }
    }
    for path in ["metadata/labels", "metadata/annotations"] {
        specs.push(FieldSpec::new("", path, false));
    }
    for (kind, path) in [("Ingress", "spec/rules/host"), ("Ingress", "spec/tls/hosts")] {
        specs.push(FieldSpec::new(kind, path, false));
    }
    specs
}
