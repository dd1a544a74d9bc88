//! The diagnostics of policies.

use super::stamp::{About, SAMPLE, diagnostic, stamped};
use super::{Found, RuleSet};
use crate::check::diagnostic::{Diagnostic, State};
use crate::finding::MAX_FINDINGS;
use crate::machine::guard::{self, Fault};
use crate::machine::threads;
use crate::model::{Cluster, Object, Repo};
use crate::policy::{self, Evaluated, Run, Said};
use crate::read::manifest::Form;
use crate::rules::internal_error;
use crate::source::{Sources, Span};
use std::collections::{BTreeSet, HashMap};

/// Does the work of the rules, and runs the policies over the repository beside it, if there are any.
pub(super) fn beside<'r, T: Send>(
    work: impl FnOnce() -> T + Send,
    repo: &'r Repo,
    set: &RuleSet,
    sources: &'r Sources,
) -> (T, Result<Evaluated<'r>, Fault>) {
    let Some(policies) = &set.policies else { return (work(), Ok(Evaluated::default())) };
    let over = Run { repo, sources, today: set.today, plan: None };
    threads::both(work, || guard::part("policies", || policy::run(policies, &over)))
}

/// Takes what the policies say.
pub(super) fn tell(
    told: Result<Evaluated<'_>, Fault>,
    repo: &Repo,
    set: &RuleSet,
    sources: &Sources,
    found: &mut Found,
) {
    let Evaluated { said, unfinished } = match told {
        Ok(told) => told,
        Err(fault) => {
            let finding = internal_error::of_findings(repo.start(), &fault);
            found.diagnostics.push(diagnostic(&internal_error::META, finding, set, None, sources));
            return;
        }
    };
    found.unfinished = unfinished;
    let most = set.max_findings.unwrap_or(MAX_FINDINGS);
    let mut counts: HashMap<(&str, Option<*const Cluster>), usize> = HashMap::new();
    for said in said.into_iter().filter(|said| set.is_on(said.meta)) {
        let cluster = said.cluster.map(std::ptr::from_ref);
        let count = counts.entry((said.meta.id, cluster)).or_default();
        *count += 1;
        if *count > most {
            found.dropped += 1;
        } else {
            found.diagnostics.push(of(said, set, sources));
        }
    }
}

/// The diagnostics of policies about a change: those that they make only when they see the change.
pub(super) fn of_change(
    repo: &Repo,
    set: &RuleSet,
    sources: &Sources,
    plan: &(dyn Fn(&Cluster) -> Option<serde_json::Value> + Sync),
    found: &mut Found,
) {
    let Some(policies) = set.policies.as_ref().filter(|policies| policies.ask_plans()) else { return };
    let run = |plan| {
        let over = Run { repo, sources, today: set.today, plan };
        guard::part("policies", || policy::run(policies, &over)).unwrap_or_default().said
    };
    let key = |said: &Said<'_>| {
        let cluster = said.cluster.map(|cluster| cluster.name.clone());
        (said.meta.id, said.finding.span, said.finding.message.clone(), cluster)
    };
    let known: BTreeSet<_> = run(None).iter().map(key).collect();
    let said = run(Some(plan)).into_iter().filter(|said| set.is_on(said.meta) && !known.contains(&key(said)));
    found.diagnostics.extend(said.map(|said| of(said, set, sources)));
}

/// The diagnostic for a result of a policy.
fn of(said: Said<'_>, set: &RuleSet, sources: &Sources) -> Diagnostic {
    let Said { meta, finding, cluster, object, exception } = said;
    let (Some(cluster), Some((object, member))) = (cluster, &object) else {
        let mut diagnostic = diagnostic(meta, finding, set, None, sources);
        diagnostic.clusters = cluster.map(|cluster| cluster.name.clone()).into_iter().collect();
        except(&mut diagnostic, exception);
        return diagnostic;
    };
    let is_sample = cluster
        .member(*member)
        .is_some_and(|(unit, evidence)| unit.form == Form::Sample && !evidence.is_applied());
    let doubt = is_sample.then(|| SAMPLE.to_owned());
    let about = About::of_object(object, &finding);
    let mut diagnostic = stamped(meta, finding, &about, doubt, set, sources);
    diagnostic.clusters = vec![cluster.name.clone()];
    except(&mut diagnostic, exception);
    diagnostic
}

/// Notes that an `exception` of the policies names a finding.
fn except(diagnostic: &mut Diagnostic, exception: Option<Span>) {
    if let Some(span) = exception {
        let reason = "an `exception` of the policies names it".to_owned();
        diagnostic.state = State::Ignored { reason, span, in_source: false };
    }
}

impl<'c> About<'c> {
    /// The object that a finding of a policy is about.
    fn of_object(object: &'c Object, finding: &crate::finding::Finding) -> Self {
        let span = finding.span;
        Self {
            identity: Some(&object.identity),
            place: finding.field.clone().unwrap_or_else(|| object.root().path_to(span)),
            replaced: object.replaced(span),
            rendered_from: object.manifest.rendered_from(),
        }
    }
}
