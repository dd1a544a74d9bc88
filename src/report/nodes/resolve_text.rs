//! `pullwarden resolve` for people: whether nodes can pull an image, from where, and which line is the cause.

use super::place::at;
use super::{ClusterNodes, Gaps, ImageAnswer, render_text};
use crate::machine::terminal::escape;
use crate::node::pools::nodes_of;
use crate::pull::{Policy, PullSource, Resolution, ResolveError, Verdict};
use crate::report::shared::with_short_digest;
use crate::source::{Sources, Span};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes all answers. Those for one image are together, and equal ones are written once.
pub fn write(
    answers: &[ImageAnswer<'_>],
    gaps: &Gaps,
    sources: &Sources,
    out: &mut dyn Write,
) -> io::Result<()> {
    render_text::gaps(gaps, sources, "", out)?;
    let mut said = Vec::new();
    remarks(answers, sources, &mut said)?;
    if !said.is_empty() {
        said.push(b'\n');
    }
    out.write_all(&said)?;
    self::answers(answers, sources, out)
}

/// Writes the answers without the remarks on the clusters.
pub(crate) fn answers(answers: &[ImageAnswer<'_>], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut images = 0;
    for (index, answer) in answers.iter().enumerate() {
        let name = answer.resolution.requested.as_str();
        if index == 0 || answers[index - 1].resolution.requested != name {
            images += 1;
        }
        let body = body(answer, sources);
        let cluster = cluster_of(answer);
        let equal = |group: &&mut Group<'_>| group.body == body;
        match groups.iter_mut().rev().take_while(|group| group.name == name).find(equal) {
            Some(group) => group.clusters.push(cluster),
            None => groups.push(Group {
                stopped: answer.view.nodes.files.is_err(),
                pullable: answer.is_pullable(),
                name,
                body,
                clusters: vec![cluster],
            }),
        }
    }
    for Group { stopped, pullable, name, body, clusters } in &groups {
        let verdict = match (stopped, pullable) {
            (true, _) => "stops",
            (false, true) => "pulls",
            (false, false) => "fails",
        };
        let clusters: Vec<&str> = clusters.iter().map(String::as_str).collect();
        writeln!(out, "{verdict}  {}  in {}\n{body}", escape(name), some_of(&clusters))?;
    }
    let failed = answers.iter().filter(|answer| !answer.is_pullable()).count();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let first = answers.first().map(|answer| &answer.resolution.requested);
    let of_first = answers.iter().take_while(|answer| Some(&answer.resolution.requested) == first);
    // The answers for one cluster are next to each other.
    let clusters: Vec<*const ClusterNodes<'_>> =
        of_first.map(|answer| std::ptr::from_ref(answer.view)).collect();
    let clusters = clusters.chunk_by(|a, b| a == b).count();
    let verdict =
        if failed == 0 { "all pull".to_owned() } else { format!("{failed} of {} fail", answers.len()) };
    writeln!(out, "{images} image{} in {clusters} cluster{}: {verdict}", plural(images), plural(clusters))
}

/// Clusters with the same answer for an image.
struct Group<'r> {
    stopped: bool,
    pullable: bool,
    name: &'r str,
    body: String,
    clusters: Vec<String>,
}

/// The name of a cluster, with its pools if they differ.
fn cluster_of(answer: &ImageAnswer<'_>) -> String {
    let name = &answer.view.cluster.name;
    if answer.pools.is_empty() { name.clone() } else { format!("{name} on {}", nodes_of(&answer.pools)) }
}

/// Writes the remarks on the clusters, each once.
pub(crate) fn remarks(answers: &[ImageAnswer<'_>], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let first = answers.first().map(|answer| &answer.resolution.requested);
    let mut remarks: Vec<(String, Vec<&str>)> = Vec::new();
    let of_first = answers.iter().take_while(|answer| Some(&answer.resolution.requested) == first);
    let mut last = None;
    for answer in of_first {
        // The answers for one cluster are next to each other, one for each of its pools.
        if last.replace(std::ptr::from_ref(answer.view)) == Some(std::ptr::from_ref(answer.view)) {
            continue;
        }
        for remark in answer.view.remarks(sources) {
            let name = answer.view.cluster.name.as_str();
            match remarks.iter_mut().find(|(said, _)| *said == remark) {
                Some((_, names)) => names.push(name),
                None => remarks.push((remark, vec![name])),
            }
        }
    }
    for (remark, names) in &remarks {
        writeln!(out, "{}: {remark}", some_of(names))?;
    }
    Ok(())
}

/// The first names of a list.
fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| escape(name)).collect();
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    format!("{}{more}", shown.join(", "))
}

/// The text below the name.
fn body(answer: &ImageAnswer<'_>, sources: &Sources) -> String {
    let mut lines = Lines { text: String::new(), indent: "       " };
    if let Err(stop) = &answer.view.nodes.files {
        lines.say(&format!(
            "unknown: the operator stops, and the nodes keep their old files{}",
            place(sources, &stop.spans())
        ));
        lines.say("`pullwarden render` says why");
        return lines.text;
    }
    match &answer.candidates {
        None => lines.resolution(&answer.resolution, sources),
        Some(candidates) if candidates.is_empty() => {
            lines.say("a short name, and the search list is empty");
        }
        Some(candidates) => {
            lines.say("a short name: the node's aliases and short-name mode decide which of these it means");
            for candidate in candidates {
                lines.indent = "       ";
                lines.say(&escape(&candidate.requested));
                lines.indent = "         ";
                lines.resolution(candidate, sources);
            }
        }
    }
    lines.text
}

/// ` (clusters/prod/idms.yaml:7)`, or nothing.
fn place(sources: &Sources, spans: &[Span]) -> String {
    let at = at(sources, spans);
    if at.is_empty() { at } else { format!(" ({at})") }
}

struct Lines {
    text: String,
    indent: &'static str,
}

impl Lines {
    fn say(&mut self, line: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{}{line}", self.indent);
    }

    fn resolution(&mut self, resolution: &Resolution, sources: &Sources) {
        if let Some(error) = &resolution.error {
            let what = match error {
                ResolveError::Reference(_) => "no image name: ",
                ResolveError::Rewrite(_) => "the runtime fails before it contacts any place: ",
                ResolveError::Load(_) => {
                    "unknown: CRI-O does not load this configuration, keeps the old one, and does not start again: "
                }
            };
            let spans = if error.spans().is_empty() { &resolution.matched_spans } else { error.spans() };
            self.say(&format!("{what}{}{}", escape(&error.to_string()), place(sources, spans)));
            return;
        }
        if let Some(policy) = &resolution.policy {
            self.policy(policy, sources);
            if policy.verdict == Verdict::Rejected {
                return;
            }
        }
        if resolution.reachable().next().is_none() {
            self.say("no place is left to pull from:");
        }
        self.places(resolution, sources);
    }

    fn policy(&mut self, policy: &Policy, sources: &Sources) {
        let by = match &policy.scope {
            Some(scope) => format!("by `{}`", escape(scope)),
            None => "since nothing allows it".to_owned(),
        };
        let place = match policy.by_release {
            true if policy.spans.is_empty() => format!(" ({BY_RELEASE})"),
            true => format!(" ({BY_RELEASE}; {})", at(sources, &policy.spans)),
            false => place(sources, &policy.spans),
        };
        match policy.verdict {
            Verdict::Rejected => self.say(&format!("refused {by}{place}")),
            Verdict::IfSigned => self.say(&format!("allowed {by} if its signature is right{place}")),
            Verdict::Accepted if policy.scope.is_some() => self.say(&format!("allowed {by}{place}")),
            // Without a restriction there is nothing to report.
            Verdict::Accepted => {}
        }
    }

    fn places(&mut self, resolution: &Resolution, sources: &Sources) {
        let mut rows: Vec<(String, String, String)> = Vec::new();
        let mut number = 0;
        for source in &resolution.sources {
            let mark = if source.blocked_by.is_some() {
                "-".to_owned()
            } else {
                number += 1;
                number.to_string()
            };
            rows.push((mark, with_short_digest(&escape(&source.reference)), why(source, sources)));
        }
        for mirror in &resolution.passed_over {
            let kind = mirror.pull_from_mirror.as_str();
            let why = format!("skipped: {kind}, {}", at(sources, &mirror.spans));
            rows.push(("-".into(), escape(&mirror.location).into_owned(), why));
        }
        let width = rows.iter().map(|(_, name, _)| name.chars().count()).max().unwrap_or(0).min(60);
        for (mark, name, why) in rows {
            self.say(&format!("{mark}  {name:width$}  {why}"));
        }
    }
}

/// The origin of a scope that comes from no manifest.
const BY_RELEASE: &str = "the release's own ClusterImagePolicy `openshift`";

fn why(source: &PullSource, sources: &Sources) -> String {
    if let Some(blocker) = &source.blocked_by {
        return format!("blocked by `{}`{}", escape(&blocker.prefix), place(sources, &blocker.spans));
    }
    let made = match source.pull_from_mirror {
        Some(_) => format!("mirror, {}", at(sources, &source.spans)),
        None => "the source itself".to_owned(),
    };
    if source.insecure { format!("{made}; TLS is not verified") } else { made }
}
