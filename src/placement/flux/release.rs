//! A `HelmRelease` of Flux (helm-controller, `api/v2/helmrelease_types.go`): the chart, its values and where it goes.

use super::config::ConfigMaps;
use super::kustomization::{called, destination, path_of};
use super::object::FluxKind;
use super::source::GitRepositories;
use crate::model::{BuildOutcome, BuildProblem, Evidence};
use crate::placement::chart_use::{Applier, ChartUse, FluxOptions};
use crate::placement::found::Found;
use crate::placement::listed::Listed;
use crate::read::manifest::Manifest;
use crate::source::{Span, Spanned};
use crate::yaml::{Composer, Document, Kind, Node};
use argo_apps::{Helm, Listing};
use helm::Release;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The key of a `ConfigMap` that is read if a reference names no key.
const KEY: &str = "values.yaml";

/// Reads the chart that an object installs. `None` if the object is not a release, or if its chart cannot be in this
/// repository. It is an error if the chart is elsewhere, or if the inputs of its rendering are not known.
pub(super) fn read(
    object: &Manifest,
    units: &[Found],
    by: usize,
    (config, repositories, listing): (&ConfigMaps<'_, '_>, &GitRepositories, &Listed<'_, '_>),
) -> Result<Option<ChartUse>, BuildProblem> {
    let root = object.root();
    let Some(spec) = root.get("spec").filter(|_| FluxKind::of(root) == Some(FluxKind::HelmRelease)) else {
        return Ok(None);
    };
    let elsewhere = |span: Span, chart: &str, why: &str| BuildProblem {
        root: chart.to_owned(),
        span,
        message: format!("the {} installs a chart {why}", called(object)),
        related: Vec::new(),
        outcome: BuildOutcome::ChartElsewhere,
        needs_helm: false,
        is_configured: false,
    };
    if let Some(reference) = spec.get("chartRef").filter(|reference| !reference.is_null()) {
        let text = |key: &str| reference.get(key).map_or("", Node::text);
        let why = format!("of the {} `{}`", text("kind"), text("name"));
        return Err(elsewhere(reference.span(), text("name"), &why));
    }
    let Some(wanted) = spec.at(&["chart", "spec"]) else { return Ok(None) };
    let Some(name) = wanted.get("chart").filter(|chart| chart.kind() == Kind::Scalar) else {
        return Ok(None);
    };
    let source = wanted.get("sourceRef");
    let kind = source.and_then(|source| source.get_str("kind")).unwrap_or_default();
    let chart = match kind {
        "GitRepository" => {
            let Some(path) = path_of(name.text()) else { return Ok(None) };
            if !repositories.may_be_here(source, object, path.is_empty()) {
                return Err(elsewhere(name.span(), name.text(), "of another repository"));
            }
            path
        }
        "HelmRepository" => {
            let version = wanted.get("version").map_or("", Node::text);
            listing.chart(name.text(), version).ok_or_else(|| {
                let version = if version.is_empty() { "its newest version" } else { version };
                let from = source.and_then(|source| source.get("name")).map_or("", Node::text);
                let why = format!("`{}` ({version}) of the HelmRepository `{from}`", name.text());
                elsewhere(name.span(), name.text(), &why)
            })?
        }
        _ => return Ok(None),
    };
    let file = if chart.is_empty() { "Chart.yaml".to_owned() } else { format!("{chart}/Chart.yaml") };
    // A file that is missing here may be in another repository.
    if listing.files().binary_search(&file).is_err() {
        return Ok(None);
    }
    let text = |key: &str| spec.get(key).map_or("", Node::text).to_owned();
    let target = text("targetNamespace");
    let release = match (text("releaseName"), &target) {
        (name, _) if !name.is_empty() => name,
        (_, target) if target.is_empty() => object.name().to_owned(),
        (_, target) => format!("{target}-{}", object.name()),
    };
    let mut used = ChartUse {
        by: Applier::Object(by, Evidence::Flux(called(object)), destination(spec)),
        reason: format!("the {} applies the chart", called(object)),
        runner: "a running Flux",
        release: shortened(release),
        release_span: None,
        namespace: if target.is_empty() { object.namespace().to_owned() } else { target },
        root: chart,
        span: name.span(),
        helm: Helm::default(),
        flux: FluxOptions::default(),
    };
    for file in wanted.get("valuesFiles").into_iter().flat_map(Node::items) {
        used.helm.value_files.push(Spanned::new(path_of(file.text()), file.span()));
    }
    used.flux.replaces_values = !used.helm.value_files.is_empty();
    let is_true = |node: Option<Node<'_>>| node.is_some_and(|node| node.text() == "true");
    used.helm.ignore_missing = is_true(wanted.get("ignoreMissingValuesFiles"));
    let install = spec.get("install");
    used.flux.without_crds = is_true(install.and_then(|install| install.get("skipCRDs")))
        || install.and_then(|install| install.get_str("crds")) == Some("Skip");
    values(spec, object, &mut used, (units, by, config))?;
    post_renderers(spec, &mut used);
    Ok(Some(used))
}

/// The name that Flux gives a release whose own name is too long for Helm (helm-controller, `internal/release/name.go`).
fn shortened(name: String) -> String {
    const LONGEST: usize = Release::LONGEST_NAME;
    const HASH: usize = 12;
    if name.len() <= LONGEST || !name.is_ascii() {
        return name;
    }
    let hash = format!("{:x}", Sha256::digest(&name));
    format!("{}-{}", &name[..LONGEST - HASH - 1], &hash[..HASH])
}

/// Adds the values: first those of references in their order, then those of the release itself. A reference with a
/// target path has priority over both. Source: fluxcd/pkg, `chartutil/values.go` (`ChartValuesFromReferences`).
fn values(
    spec: Node<'_>,
    object: &Manifest,
    used: &mut ChartUse,
    (units, by, config): (&[Found], usize, &ConfigMaps<'_, '_>),
) -> Result<(), BuildProblem> {
    let own = spec.get("values").filter(|values| !values.is_null());
    for reference in spec.get("valuesFrom").into_iter().flat_map(Node::items) {
        let text = |key: &str| reference.get(key).map_or("", Node::text);
        let is_optional = text("optional") == "true";
        let (kind, name) = (text("kind"), text("name"));
        let found = match kind {
            "ConfigMap" => config.find(units, by, object.namespace(), name),
            _ => None,
        };
        let key = if text("valuesKey").is_empty() { KEY } else { text("valuesKey") };
        let Some(found) = found else {
            // An optional `ConfigMap` that is not in the repository is treated as missing.
            if is_optional && kind == "ConfigMap" {
                continue;
            }
            return Err(used.unknown(
                reference.span(),
                &format!("the values of the {kind} `{name}` are not known here"),
            ));
        };
        let Some(value) = found.root().get("data").and_then(|data| data.get(key)) else {
            if is_optional {
                continue;
            }
            return Err(used.unknown(reference.span(), &format!("the ConfigMap `{name}` has no key `{key}`")));
        };
        match text("targetPath") {
            "" => {
                let inner = config.read(value);
                let is_map =
                    |document: &Document| document.is_empty() || document.root().kind() == Kind::Mapping;
                if inner.is_broken || !inner.documents.iter().all(is_map) {
                    return Err(used.unknown(
                        value.span(),
                        &format!("`{key}` of the ConfigMap `{name}` is not a map of values"),
                    ));
                }
                used.helm.values.extend(inner.documents.into_iter().map(Arc::new));
            }
            // For a top-level key, the values of the release itself still have priority.
            path if !path.contains('.') && own.is_some_and(|own| own.get(path).is_some()) => {}
            path => {
                let text = value.text();
                let quoted = ['\'', '"']
                    .into_iter()
                    .find(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote));
                let text = if quoted.is_some() { text.trim_matches(['\'', '"']) } else { text };
                let line = Spanned::new(format!("{path}={text}"), value.span());
                used.helm.parameters.push((line, quoted.is_some()));
            }
        }
    }
    if let Some(own) = own {
        let too_large = || used.unknown(own.span(), "its values exceed pullwarden's limit");
        let document = copied(own, own.document()).ok_or_else(too_large)?;
        used.helm.values.push(Arc::new(document));
    }
    Ok(())
}

/// Adds the post-renderers that are kustomizations; Flux has no others.
fn post_renderers(spec: Node<'_>, used: &mut ChartUse) {
    for renderer in spec.get("postRenderers").into_iter().flat_map(Node::items) {
        let Some(fields) = renderer.get("kustomize") else { continue };
        for entry in fields.entries() {
            let key = entry.key.key_text();
            let is_known = matches!(&*key, "patches" | "images");
            if !is_known && !entry.value.is_null() {
                let why = format!("pullwarden does not apply `{key}` of a post-renderer");
                used.flux.incomplete.get_or_insert(why);
            }
        }
        let document = fields.document();
        let mut composer = Composer::new(fields.span().file, document.source().clone()).changed(true);
        composer.open(fields.span(), Kind::Mapping);
        let mut is_whole = true;
        for key in ["patches", "images"] {
            let Some(entry) = fields.entry(key).filter(|entry| !entry.value.is_null()) else { continue };
            composer.scalar(entry.key.span(), key, false);
            is_whole &= composer.copy(entry.value, &|span| span);
        }
        composer.close();
        if is_whole {
            used.flux.post_renderers.push(Arc::new(composer.finish()));
        } else {
            let why = "a post-renderer exceeds pullwarden's limit for a value".to_owned();
            used.flux.incomplete.get_or_insert(why);
        }
    }
}

/// A value as a document.
fn copied(value: Node<'_>, document: &Document) -> Option<Document> {
    let mut composer = Composer::new(value.span().file, document.source().clone()).changed(true);
    composer.copy(value, &|span| span).then(|| composer.finish())
}
