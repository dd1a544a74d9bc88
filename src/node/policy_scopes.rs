//! The scopes of a policy. The policy of each namespace contains all scopes of the cluster, so these are stored once and
//! shared.

use super::policy_json::PolicyScope;
use std::collections::{BTreeMap, btree_map};
use std::iter::Peekable;
use std::sync::Arc;

/// The requirements for registries, repositories and images, by name, in the order of the names.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    /// The scopes that several policies share.
    shared: Arc<BTreeMap<String, PolicyScope>>,
    /// The scopes that only this policy has, or that replace shared ones.
    own: BTreeMap<String, PolicyScope>,
}

impl Scopes {
    /// Makes the current scopes shared by all copies from now on.
    pub(super) fn share(&mut self) {
        let own = std::mem::take(&mut self.own);
        Arc::make_mut(&mut self.shared).extend(own);
    }

    /// The scopes that only this policy has, or that replace shared ones.
    pub fn own(&self) -> &BTreeMap<String, PolicyScope> {
        &self.own
    }

    /// The requirements of a scope, to be changed; they are empty if the scope is new.
    pub(super) fn entry(&mut self, name: &str) -> &mut PolicyScope {
        let shared = || self.shared.get(name).cloned().unwrap_or_default();
        self.own.entry(name.to_owned()).or_insert_with(shared)
    }

    /// The requirements of the scope with this name.
    pub fn get(&self, name: &str) -> Option<&PolicyScope> {
        self.own.get(name).or_else(|| self.shared.get(name))
    }

    /// Whether there is no scope.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.shared.is_empty()
    }

    /// All scopes, in the order of their names.
    pub fn iter(&self) -> Iter<'_> {
        Iter { own: self.own.iter().peekable(), shared: self.shared.iter().peekable() }
    }
}

impl<'s> IntoIterator for &'s Scopes {
    type Item = (&'s String, &'s PolicyScope);
    type IntoIter = Iter<'s>;

    fn into_iter(self) -> Iter<'s> {
        self.iter()
    }
}

/// Scopes in the order of their names.
pub struct Iter<'s> {
    own: Peekable<btree_map::Iter<'s, String, PolicyScope>>,
    shared: Peekable<btree_map::Iter<'s, String, PolicyScope>>,
}

impl<'s> Iterator for Iter<'s> {
    type Item = (&'s String, &'s PolicyScope);

    fn next(&mut self) -> Option<Self::Item> {
        let (own, shared) =
            (self.own.peek().map(|(name, _)| *name), self.shared.peek().map(|(name, _)| *name));
        match (own, shared) {
            (Some(own), Some(shared)) if own > shared => self.shared.next(),
            (Some(own), shared) => {
                if shared == Some(own) {
                    self.shared.next();
                }
                self.own.next()
            }
            (None, _) => self.shared.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::policy_json::Requirement;

    #[test]
    fn shared_scopes_and_own_scopes_are_one_list() {
        let reject = PolicyScope::new(Requirement::Reject, Vec::new());
        let mut scopes = Scopes::default();
        assert!(scopes.is_empty());
        for name in ["b", "d"] {
            *scopes.entry(name) = reject.clone();
        }
        scopes.share();
        let mut copy = scopes.clone();
        copy.entry("b").requirements.push(Requirement::InsecureAcceptAnything);
        copy.entry("c");
        copy.entry("e");
        let names: Vec<(&str, usize)> =
            copy.iter().map(|(name, scope)| (name.as_str(), scope.requirements.len())).collect();
        assert_eq!(names, [("b", 2), ("c", 0), ("d", 1), ("e", 0)]);
        assert_eq!(copy.own().len(), 3);
        assert!(copy.get("d").is_some() && copy.get("x").is_none() && scopes.iter().count() == 2);
    }
}
