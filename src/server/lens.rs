//! The line above an object: which clusters it reaches, and what their nodes do if it is removed.

use super::checked::Checked;
use super::latest::Latest;
use crate::machine::terminal::escape;
use crate::model::{Cluster, Repo, Resource, Standing};
use crate::rollout::{self, Outcome};
use crate::source::{FileId, Span};
use gen_lsp_types::{CodeLens, CodeLensParams, Command};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// At most so many clusters are named; more are only counted.
const NAMED: usize = 3;
/// For more clusters, the result of a removal is not computed.
const MAX_CLUSTERS: usize = 200;

/// A lens for each object of a text that configures images. The title is computed when the lens is shown.
pub(super) fn of_text(params: &CodeLensParams, latest: &Latest) -> Vec<CodeLens> {
    let uri = params.text_document.uri.as_ref();
    let Some(text) = latest.steady_text(uri) else { return Vec::new() };
    let Some(file) = text.file else { return Vec::new() };
    let objects = objects(text.checked, file);
    let lens = |(span, object): (Span, Object<'_>)| {
        // The object may be gone in the current text.
        latest.range(text.checked, object.kind)?;
        let range = latest.range_around(text.checked, Span { end: span.start, ..span });
        let data = json!({ "uri": uri, "start": span.start, "end": span.end });
        Some(CodeLens { range, command: None, data: Some(data) })
    };
    objects.into_iter().filter_map(lens).collect()
}

/// A lens with its title; `None` if there is no such object any more.
pub(super) fn resolved(mut lens: CodeLens, latest: &Latest) -> Option<CodeLens> {
    let title = title(lens.data.as_ref()?, latest)?;
    // A command without a name only shows its title.
    lens.command = Some(Command { title, command: String::new(), ..Command::default() });
    Some(lens)
}

/// An object that configures images.
struct Object<'c> {
    /// The text of its kind.
    kind: Span,
    /// The clusters that get it.
    clusters: Vec<&'c Cluster>,
}

/// The objects of a text that configure images.
fn objects(checked: &Checked, file: FileId) -> BTreeMap<Span, Object<'_>> {
    let mut objects: BTreeMap<Span, Object<'_>> = BTreeMap::new();
    for cluster in &checked.repo.clusters {
        let here = cluster.resources().filter(|resource| resource.span().file == file);
        for resource in here.filter(|resource| resource.is_image_configuration()) {
            let kind = resource.kind_span();
            let object = objects.entry(resource.span()).or_insert(Object { kind, clusters: Vec::new() });
            if !cluster.stands_by_itself() {
                object.clusters.push(cluster);
            }
        }
    }
    objects
}

fn title(data: &Value, latest: &Latest) -> Option<String> {
    let text = latest.steady_text(data["uri"].as_str()?)?;
    let number = |key: &str| data[key].as_u64().and_then(|number| u32::try_from(number).ok());
    let span = Span { file: text.file?, start: number("start")?, end: number("end")? };
    let clusters = objects(text.checked, span.file).remove(&span)?.clusters;
    let names = clusters.iter().map(|cluster| escape(&cluster.name)).collect::<Vec<_>>();
    let reach = match names.len() {
        0 => return Some("reaches no cluster that is known".into()),
        1 => format!("reaches the cluster {}", names[0]),
        count if count <= NAMED => format!("reaches {count} clusters: {}", names.join(", ")),
        count => format!("reaches {count} clusters"),
    };
    match removal(text.checked, text.name, span, &clusters, latest) {
        Some(removal) => Some(format!("{reach} · removing it {removal}")),
        None => Some(reach),
    }
}

/// What the nodes do if an object is removed, as `plan` computes it. `None` if the result is not sure: only paths say
/// which cluster gets the object, a template fills in values, or control planes are hosted.
fn removal(
    checked: &Checked,
    name: &str,
    span: Span,
    clusters: &[&Cluster],
    latest: &Latest,
) -> Option<String> {
    if clusters.len() > MAX_CLUSTERS || clusters.iter().any(|cluster| cluster.standing != Standing::Exact) {
        return None;
    }
    let is_unsure =
        |repo: &Repo| !repo.builds.is_empty() || repo.clusters.iter().any(|cluster| cluster.host().is_some());
    // Only a repository that may be sure is read once more.
    if is_unsure(&checked.repo) {
        return None;
    }
    let (repo, sources) = checked.for_plan(&latest.stop)?;
    if is_unsure(repo) {
        return None;
    }
    let is_it = |resource: &Resource| {
        let here = resource.span();
        let is_named = || sources.get(here.file).is_some_and(|source| source.name == name);
        (here.start, here.end) == (span.start, span.end) && is_named()
    };
    let reached = |cluster: &&Cluster| clusters.iter().any(|other| other.name == cluster.name);
    let before: Vec<Cluster> = repo.clusters.iter().filter(reached).cloned().collect();
    let mut after = before.clone();
    for cluster in &mut after {
        cluster.retain(|resource| !is_it(resource));
    }
    let (before, after) =
        (Repo { clusters: before, ..Repo::default() }, Repo { clusters: after, ..Repo::default() });
    let plan = rollout::plan(&before, &after);
    let is_sure = plan.clusters.iter().all(|plan| {
        plan.unbuilt.is_none() && [&plan.before, &plan.after].iter().all(|side| side.nodes.is_whole())
    });
    let worst = plan.outcome();
    let count = plan.clusters.iter().filter(|plan| plan.outcome == worst).count();
    let of = if count == 1 { "of 1 cluster".to_owned() } else { format!("of {count} clusters") };
    let words = match worst {
        Outcome::Unknown => return None,
        Outcome::Stops => format!("stops the Machine Config Operator {of}"),
        Outcome::Reboot => format!("reboots the nodes {of}"),
        Outcome::Drain => format!("drains the nodes {of}"),
        Outcome::Restart => format!("restarts services on the nodes {of}"),
        Outcome::Reload => format!("reloads the container runtime on the nodes {of}"),
        Outcome::Held => "changes no node while the pools are paused".to_owned(),
        Outcome::None => "changes no node".to_owned(),
    };
    is_sure.then_some(words)
}
