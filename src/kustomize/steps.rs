//! The steps that one kustomization runs over what it has gathered, in kustomize's order.

use super::definitions;
use super::fields::FieldSpec;
use super::images;
use super::kustomization::Kustomization;
use super::labels;
use super::loader::Build;
use super::names::{self, End};
use super::patches;
use super::references::Reference;
use super::replacements;
use super::resource::Gvk;
use super::set::Set;
use super::target::Place;
use super::transformers;
use super::value::Value;
use super::vars;
use super::{Error, Result};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The fields that steps go to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) prefix: Vec<FieldSpec>,
    pub(super) suffix: Vec<FieldSpec>,
    pub(super) namespace: Vec<FieldSpec>,
    pub(super) common_labels: Vec<FieldSpec>,
    pub(super) template_labels: Vec<FieldSpec>,
    pub(super) annotations: Vec<FieldSpec>,
    pub(super) images: Vec<FieldSpec>,
    pub(super) replicas: Vec<FieldSpec>,
    pub(super) vars: Vec<FieldSpec>,
    /// Those of the user only.
    pub(super) references: Vec<Reference>,
}

/// What kustomize knows by itself.
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
        vars: vars::fields(),
        references: Vec::new(),
    }
});

impl Config {
    /// What kustomize knows by itself, and what `configurations:` add.
    pub(super) fn with(added: &Config) -> Cow<'static, Config> {
        if *added == Config::default() {
            return Cow::Borrowed(&KNOWN);
        }
        let mut all = KNOWN.clone();
        all.merge(added);
        Cow::Owned(all)
    }

    /// Adds what a file of `configurations:` says.
    pub(super) fn add(&mut self, file: &Value) -> Result<()> {
        for member in file.members() {
            let specs = || member.value.items().iter().map(FieldSpec::read);
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
                        let to = Gvk { group: text("group"), version: text("version"), kind: text("kind") };
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
            for spec in specs() {
                if !list.contains(&spec) {
                    list.push(spec);
                }
            }
        }
        Ok(())
    }

    /// Adds what a base knows.
    pub(super) fn merge(&mut self, other: &Config) {
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
            for spec in others {
                if !list.contains(spec) {
                    list.push(spec.clone());
                }
            }
        }
        self.references.extend_from_slice(&other.references);
    }
}

/// Reads the files of `configurations:` and of `crds:` into `config`.
pub(super) fn configure(
    build: &Build<'_>,
    place: &Place,
    root: &Kustomization,
    config: &mut Config,
    set: &mut Set,
) -> Result<()> {
    for path in root.list("configurations") {
        let read = build.load(place, path).and_then(|text| build.document(&text));
        if let Some(Some(file)) = build.go_on(set, read)? {
            config.add(&file).map_err(|error| error.via(path.span))?;
        }
    }
    for path in root.list("crds") {
        let read = build.load(place, path).and_then(|text| build.document(&text));
        if let Some(Some(file)) = build.go_on(set, read)? {
            config.merge(&definitions::read(&file));
        }
    }
    Ok(())
}

/// Runs the steps.
pub(super) fn run(
    build: &Build<'_>,
    place: &Place,
    root: &Kustomization,
    set: &mut Set,
    config: &Config,
) -> Result<()> {
    let done = |set: &mut Set, step: &'static str| build.finish(place, root, set, step);
    let some_done = |set: &mut Set, step: &'static str| build.remember(place, root, set, step);
    let merges = root.list("patchesStrategicMerge");
    if !merges.is_empty() {
        patches::strategic_merge(build, place, merges, set)?;
        some_done(set, "PatchStrategicMergeTransformer")?;
    }
    for entry in root.list("patches") {
        let patched = patches::patch(build, place, entry, set);
        build.go_on(set, patched)?;
        some_done(set, "PatchTransformer")?;
    }
    set.drop_empty();
    if let Some(namespace) = root.string("namespace") {
        names::namespace(set, namespace, &config.namespace, false)?;
        done(set, "NamespaceTransformer")?;
    }
    for (field, end, specs, step) in [
        ("namePrefix", End::Prefix, &config.prefix, "PrefixTransformer"),
        ("nameSuffix", End::Suffix, &config.suffix, "SuffixTransformer"),
    ] {
        if let Some(affix) = root.string(field) {
            let renamed = names::affix(set, end, affix, specs);
            build.go_on(set, renamed)?;
            done(set, step)?;
        }
    }
    for entry in root.list("labels") {
        let specs = labels::fields_of(entry, &config.common_labels, &config.template_labels);
        if let Some(pairs) = entry.get("pairs") {
            labels::add(set, pairs, &specs)?;
        }
        done(set, "LabelTransformer")?;
    }
    let common = root.map("commonLabels");
    if let Some(pairs) = common {
        labels::add(set, pairs, &config.common_labels)?;
    }
    // The step of `commonLabels` also runs where there are other labels only, and leaves its mark.
    if common.is_some() || !root.list("labels").is_empty() {
        done(set, "LabelTransformer")?;
    }
    if let Some(pairs) = root.map("commonAnnotations") {
        labels::add(set, pairs, &config.annotations)?;
        done(set, "AnnotationsTransformer")?;
    }
    for entry in root.list("patchesJson6902") {
        let patched = patches::json6902(build, place, entry, set, "patch");
        build.go_on(set, patched)?;
        some_done(set, "PatchJson6902Transformer")?;
    }
    for entry in root.list("replicas") {
        let scaled = names::replicas(set, entry, &config.replicas);
        build.go_on(set, scaled)?;
        some_done(set, "ReplicaCountTransformer")?;
    }
    for entry in root.list("images") {
        let tagged = images::set(set, entry, &config.images);
        build.go_on(set, tagged)?;
        done(set, "ImageTagTransformer")?;
    }
    let replaced = root.list("replacements");
    for entry in replaced {
        let copied = replacements::apply(build, place, entry, set);
        build.go_on(set, copied)?;
    }
    if !replaced.is_empty() {
        some_done(set, "ReplacementTransformer")?;
    }
    for transformer in transformers::read(build, place, root.list("transformers"), set)? {
        let step = transformers::run(build, place, &transformer, set);
        if let Some(step) = build.go_on(set, step)? {
            set.drop_empty();
            if transformers::says_what_it_changes(step) {
                some_done(set, step)?;
            } else {
                done(set, step)?;
            }
        }
    }
    // They change nothing, so nothing is missing without them.
    let validators = root.list("validators").iter();
    let message = "validators are programs, and none is started";
    set.left_out.extend(validators.map(|validator| Error::unsupported(validator.span, message)));
    Ok(())
}
