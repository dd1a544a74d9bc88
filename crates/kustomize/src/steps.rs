//! The steps that one kustomization runs over its objects, in the order of kustomize.

use crate::config::Config;
use crate::definitions;
use crate::error::{Error, Result};
use crate::images::Images;
use crate::kustomization::Kustomization;
use crate::labels;
use crate::loader::Build;
use crate::names::{self, End};
use crate::patches;
use crate::place::Place;
use crate::replacements;
use crate::set::Set;
use crate::transformers;

/// Reads the files of `configurations:` and of `crds:` into `config`.
pub(crate) fn configure(
    build: &Build<'_>,
    place: &Place,
    root: &Kustomization,
    config: &mut Config,
    set: &mut Set,
) -> Result<()> {
    for field in ["configurations", "crds"] {
        for path in root.list(field) {
            let read = build.load(place, path).and_then(|text| build.document(&text));
            let Some(Some(file)) = build.go_on(set, read)? else { continue };
            if field == "crds" {
                config.merge(&definitions::read(&file));
            } else {
                config.add(&file).map_err(|error| error.via(path.span))?;
            }
        }
    }
    Ok(())
}

/// Runs the steps.
pub(crate) fn run(
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
    // The step of `commonLabels` also runs if there are only other labels, and then leaves its mark.
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
    let mut images = Images::default();
    for entry in root.list("images") {
        let tagged = images.set(build, set, entry, &config.images);
        build.go_on(set, tagged)?;
        some_done(set, "ImageTagTransformer")?;
    }
    // `configurations` may name any field as an image, even a name.
    if !root.list("images").is_empty() {
        set.renamed();
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
    // Validators change nothing, so nothing is missing without them.
    let validators = root.list("validators").iter();
    let message = "validators are programs, and none is started";
    set.left_out.extend(validators.map(|validator| Error::unsupported(validator.span, message)));
    Ok(())
}
