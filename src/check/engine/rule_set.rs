//! The rules and policies that run, with their severities.

use crate::finding::Finding;
use crate::policy::Policies;
use crate::rules;
use crate::rules::rule::{Check, Meta, Severity, is_policy};
use jiff::civil::Date;
use std::collections::HashMap;
use std::sync::Arc;

/// A rule that is switched on.
pub struct Active {
    /// Its description.
    pub meta: &'static Meta,
    /// Its options, ready to run.
    pub check: Box<dyn Check>,
}

/// The rules that run, the severities that are set, and the day of the run.
#[derive(Default)]
pub struct RuleSet {
    /// The rules to run, in the order of the registry.
    pub active: Vec<Active>,
    /// The severities that the configuration sets.
    pub severities: HashMap<&'static str, Severity>,
    /// The rules that do not run: the configuration switches them off, or the preset lacks them.
    pub off: Vec<&'static str>,
    /// The limit of findings of one rule and cluster, if it is not [`MAX_FINDINGS`](crate::finding::MAX_FINDINGS): `fix` needs more findings than a
    /// reader does.
    pub max_findings: Option<usize>,
    /// The policies of the repository, which run beside the rules.
    pub policies: Option<Arc<Policies>>,
    /// The day of the run. Without it, no rule reports what expires.
    pub today: Option<Date>,
}

impl RuleSet {
    /// Whether the diagnostics of a rule are reported.
    pub fn is_on(&self, meta: &Meta) -> bool {
        !self.off.contains(&meta.id)
    }

    /// The rule, or the policy, of this id.
    pub fn find(&self, id: &str) -> Option<&'static Meta> {
        let of_policies = || self.policies.as_ref().and_then(|policies| policies.find(id));
        rules::find(id).map(|entry| entry.meta).or_else(of_policies)
    }

    /// Whether an unknown id is certainly wrong, and not a policy of another run.
    pub fn may_know(&self, id: &str) -> bool {
        self.policies.is_some() || !is_policy(id)
    }

    /// The policies that run, in the order of their ids.
    pub fn policies_on(&self) -> Vec<&'static Meta> {
        let all = self.policies.iter().flat_map(|policies| policies.metas());
        all.filter(|meta| self.is_on(meta)).collect()
    }

    /// Whether a rule asks for the conversions of deprecated mirror sets.
    pub fn asks_for_conversions(&self) -> bool {
        self.active.iter().any(|rule| rule.check.asks_for_conversions())
    }

    /// The severity of a finding before its cluster is considered.
    pub fn severity(&self, meta: &Meta, finding: &Finding) -> Severity {
        self.severities.get(meta.id).copied().or(finding.severity).unwrap_or(meta.severity)
    }
}
