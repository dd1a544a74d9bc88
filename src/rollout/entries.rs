//! The changes in the operator's files, entry by entry, each with its texts in manifests.

use super::Side;
use crate::node::{
    FileOrigin, Files, Mirror, POLICY_JSON, PolicyJson, PolicyScope, REGISTRIES_CONF, RegistriesConf,
    RegistryEntry, Requirement, SEARCH_REGISTRIES, SIGSTORE_REGISTRIES, path_of,
};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A changed entry of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryChange {
    /// The path of the file.
    pub file: String,
    /// The entry: a prefix, a scope or a registry. Empty if the change is about the whole file.
    pub name: String,
    /// The change.
    pub what: EntryWhat,
    /// The texts of manifests for the old entry, in the old state.
    pub before: Vec<Span>,
    /// The texts of manifests for the new entry, in the new state.
    pub after: Vec<Span>,
}

/// A change of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryWhat {
    /// The entry is added to `registries.conf`, with these mirrors.
    Added {
        /// Its mirrors, in order, each with the kind of pulls that uses it.
        mirrors: Vec<(String, &'static str)>,
        /// Whether it is blocked.
        blocked: bool,
        /// Whether it is insecure.
        insecure: bool,
    },
    /// The entry is removed from `registries.conf`.
    Removed,
    /// It becomes blocked, or is no longer blocked.
    Blocked(bool),
    /// It becomes insecure, or is no longer insecure.
    Insecure(bool),
    /// A mirror is added for these pulls.
    MirrorAdded(String, &'static str),
    /// A mirror is removed.
    MirrorRemoved(String),
    /// A mirror is for other pulls: before, after.
    MirrorFor(String, &'static str, &'static str),
    /// A mirror becomes insecure, or is no longer insecure.
    MirrorInsecure(String, bool),
    /// Nodes try its mirrors in another order.
    MirrorsReordered,
    /// The requirements of `policy.json` differ: before, after. `None` if there is no scope with this name.
    Policy(Option<Vec<&'static str>>, Option<Vec<&'static str>>),
    /// The requirements have the same types, but other keys or identities.
    PolicyDetails,
    /// The search list: before, after. `None` if the operator writes none.
    Search(Option<Vec<String>>, Option<Vec<String>>),
    /// Whether nodes look for signatures next to the images of this name.
    Signatures(bool),
    /// The certificate of a registry: whether it exists before, and after the change.
    Certificate(bool, bool),
    /// The operator begins or stops to write the file, without another difference.
    Owner(FileOrigin),
}

/// The changes between two states, in the order of the files. Empty if the operator stops in one of them.
pub(super) fn of(before: &Side<'_>, after: &Side<'_>) -> Vec<EntryChange> {
    let mut changes = Vec::new();
    if let (Ok(old), Ok(new)) = (&before.nodes.files, &after.nodes.files) {
        files(old, new, &mut changes);
    }
    if !after.cluster.is_hosted() {
        certificates(before, after, &mut changes);
    }
    changes
}

fn files(old: &Files, new: &Files, changes: &mut Vec<EntryChange>) {
    let (before, after) = (old.written(), new.written());
    let differs = |path: &str| before.get(path) != after.get(path);
    let whole =
        |path: &str, origins: (FileOrigin, FileOrigin), changes: &mut Vec<EntryChange>, from: usize| {
            if changes.len() == from && origins.0 != origins.1 {
                let what = EntryWhat::Owner(origins.1);
                changes.push(EntryChange {
                    file: path.to_owned(),
                    name: String::new(),
                    what,
                    before: old.spans_of(path),
                    after: new.spans_of(path),
                });
            }
        };
    if differs(REGISTRIES_CONF) {
        let from = changes.len();
        registries(&old.registries_conf, &new.registries_conf, changes);
        let origins = (old.registries_conf.from, new.registries_conf.from);
        whole(REGISTRIES_CONF, origins, changes, from);
    }
    if differs(SEARCH_REGISTRIES) {
        let list = |files: &Files| files.search_registries.as_ref().map(|search| search.registries.clone());
        let (old, new) = (list(old), list(new));
        let values = |list: &Option<Vec<Spanned<String>>>| {
            list.as_ref().map(|list| list.iter().map(|registry| registry.value.clone()).collect())
        };
        let spans = |list: &Option<Vec<Spanned<String>>>| {
            list.iter().flatten().map(|registry| registry.span).collect()
        };
        changes.push(EntryChange {
            file: SEARCH_REGISTRIES.to_owned(),
            name: String::new(),
            what: EntryWhat::Search(values(&old), values(&new)),
            before: spans(&old),
            after: spans(&new),
        });
    }
    if differs(POLICY_JSON) {
        let from = changes.len();
        policy(POLICY_JSON, Some(&old.policy_json), Some(&new.policy_json), changes);
        whole(POLICY_JSON, (old.policy_json.from, new.policy_json.from), changes, from);
    }
    if differs(SIGSTORE_REGISTRIES) {
        let none = BTreeMap::new();
        let names = |files: &'_ Files| files.sigstore_registries.as_ref().map(|file| file.docker.clone());
        let (old, new) = (names(old), names(new));
        let (old, new) = (old.as_ref().unwrap_or(&none), new.as_ref().unwrap_or(&none));
        let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in all.into_iter().filter(|name| old.contains_key(*name) != new.contains_key(*name)) {
            changes.push(EntryChange {
                file: SIGSTORE_REGISTRIES.to_owned(),
                name: name.clone(),
                what: EntryWhat::Signatures(new.contains_key(name)),
                before: old.get(name).cloned().unwrap_or_default(),
                after: new.get(name).cloned().unwrap_or_default(),
            });
        }
    }
    let namespaces: BTreeSet<&String> =
        old.namespaced_policies.keys().chain(new.namespaced_policies.keys()).collect();
    for namespace in namespaces {
        let path = path_of(namespace);
        if differs(&path) {
            let of = |files: &'_ Files| files.namespaced_policies.get(namespace).cloned();
            policy(&path, of(old).as_ref(), of(new).as_ref(), changes);
        }
    }
}

fn registries(old: &RegistriesConf, new: &RegistriesConf, changes: &mut Vec<EntryChange>) {
    let index = |conf: &RegistriesConf| -> HashMap<String, usize> {
        conf.entries.iter().enumerate().map(|(at, entry)| (entry.scope().to_owned(), at)).collect()
    };
    let (old_index, new_index) = (index(old), index(new));
    for entry in old.entries.iter().filter(|entry| !new_index.contains_key(entry.scope())) {
        changes.push(registry(entry.scope(), EntryWhat::Removed, &entry.spans, &[]));
    }
    for entry in &new.entries {
        let Some(&at) = old_index.get(entry.scope()) else {
            let mirrors = entry.mirrors.iter();
            let what = EntryWhat::Added {
                mirrors: mirrors.map(|it| (it.location.clone(), it.pull_from_mirror.as_str())).collect(),
                blocked: entry.blocked.is_set(),
                insecure: entry.insecure.is_set(),
            };
            changes.push(registry(entry.scope(), what, &[], &entry.spans));
            continue;
        };
        compare(&old.entries[at], entry, changes);
    }
}

fn compare(old: &RegistryEntry, new: &RegistryEntry, changes: &mut Vec<EntryChange>) {
    let scope = new.scope();
    if old.blocked.is_set() != new.blocked.is_set() {
        let what = EntryWhat::Blocked(new.blocked.is_set());
        changes.push(registry(scope, what, &old.blocked.spans, &new.blocked.spans));
    }
    if old.insecure.is_set() != new.insecure.is_set() {
        let what = EntryWhat::Insecure(new.insecure.is_set());
        changes.push(registry(scope, what, &old.insecure.spans, &new.insecure.spans));
    }
    let key = |mirror: &Mirror| (mirror.location.clone(), mirror.pull_from_mirror.as_str());
    let keys = |entry: &RegistryEntry| -> Vec<_> { entry.mirrors.iter().map(key).collect() };
    let (before, after) = (keys(old), keys(new));
    // A mirror whose location stays the same, and that is for other pulls.
    let only = |keys: &[(String, &'static str)], location: &str| {
        let mut all = keys.iter().filter(|(known, _)| known == location);
        all.next().map(|(_, pulls)| *pulls).filter(|_| all.next().is_none())
    };
    let moved =
        |location: &str| Some((only(&before, location)?, only(&after, location)?)).filter(|(a, b)| a != b);
    for mirror in old.mirrors.iter().filter(|mirror| !after.contains(&key(mirror))) {
        if moved(&mirror.location).is_none() {
            let what = EntryWhat::MirrorRemoved(mirror.location.clone());
            changes.push(registry(scope, what, &mirror.spans, &[]));
        }
    }
    for mirror in &new.mirrors {
        if before.contains(&key(mirror)) {
            let same = old.mirrors.iter().find(|known| key(known) == key(mirror));
            if let Some(same) = same.filter(|same| same.insecure.is_set() != mirror.insecure.is_set()) {
                let what = EntryWhat::MirrorInsecure(mirror.location.clone(), mirror.insecure.is_set());
                changes.push(registry(scope, what, &same.insecure.spans, &mirror.insecure.spans));
            }
            continue;
        }
        let what = match moved(&mirror.location) {
            Some((from, to)) => EntryWhat::MirrorFor(mirror.location.clone(), from, to),
            None => EntryWhat::MirrorAdded(mirror.location.clone(), mirror.pull_from_mirror.as_str()),
        };
        changes.push(registry(scope, what, &[], &mirror.spans));
    }
    let kept = |keys: &[(String, &'static str)], others: &[(String, &'static str)]| -> Vec<_> {
        keys.iter().filter(|key| others.contains(key)).cloned().collect()
    };
    if kept(&before, &after) != kept(&after, &before) {
        changes.push(registry(scope, EntryWhat::MirrorsReordered, &[], &new.spans));
    }
}

fn registry(scope: &str, what: EntryWhat, before: &[Span], after: &[Span]) -> EntryChange {
    EntryChange {
        file: REGISTRIES_CONF.to_owned(),
        name: scope.to_owned(),
        what,
        before: before.to_vec(),
        after: after.to_vec(),
    }
}

fn policy(path: &str, old: Option<&PolicyJson>, new: Option<&PolicyJson>, changes: &mut Vec<EntryChange>) {
    let mut compare = |name: &str, old: Option<&PolicyScope>, new: Option<&PolicyScope>| {
        let requirements = |scope: Option<&PolicyScope>| scope.map(|scope| scope.requirements.clone());
        if requirements(old) == requirements(new) {
            return;
        }
        let words = |scope: Option<&PolicyScope>| {
            scope.map(|scope| scope.requirements.iter().map(Requirement::type_name).collect())
        };
        let spans = |scope: Option<&PolicyScope>| scope.map(|scope| scope.spans.clone()).unwrap_or_default();
        let (before, after): (Option<Vec<_>>, Option<Vec<_>>) = (words(old), words(new));
        let what = if before == after { EntryWhat::PolicyDetails } else { EntryWhat::Policy(before, after) };
        changes.push(EntryChange {
            file: path.to_owned(),
            name: name.to_owned(),
            what,
            before: spans(old),
            after: spans(new),
        });
    };
    compare("", old.map(|policy| &policy.default), new.map(|policy| &policy.default));
    // The policy of a namespace repeats the scopes of the cluster; a change of these is reported once.
    let is_of_namespace = path != POLICY_JSON;
    let scopes = |policy: Option<&'_ PolicyJson>| -> Vec<String> {
        let policy = policy.into_iter();
        let own =
            policy.clone().filter(|_| is_of_namespace).flat_map(|policy| policy.scopes.own().keys().cloned());
        let all = policy.filter(|_| !is_of_namespace).flat_map(|policy| policy.scopes.iter());
        own.chain(all.map(|(scope, _)| scope.clone())).collect()
    };
    let names: BTreeSet<String> = scopes(old).into_iter().chain(scopes(new)).collect();
    for name in &names {
        compare(name, old.and_then(|it| it.scopes.get(name)), new.and_then(|it| it.scopes.get(name)));
    }
}

/// Certificates of registries: every node gets them at once, even in paused pools, without a reload (MCO
/// `pkg/daemon/certificate_writer.go`).
fn certificates(before: &Side<'_>, after: &Side<'_>, changes: &mut Vec<EntryChange>) {
    let of = |side: &'_ Side<'_>| -> BTreeMap<String, Spanned<String>> {
        let map = side.cluster.trusted_ca().and_then(|ca| ca.found);
        let entries = map.map(|(_, map)| map.entries.clone()).unwrap_or_default();
        let entries =
            entries.into_iter().filter(|entry| entry.key.value != crate::model::trusted_ca::UPDATE_SERVICE);
        entries
            .map(|entry| (entry.key.value.clone(), Spanned::new(entry.value.value, entry.key.span)))
            .collect()
    };
    let (old, new) = (of(before), of(after));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let (old, new) = (old.get(key), new.get(key));
        if old.map(|entry| &entry.value) != new.map(|entry| &entry.value) {
            let host = crate::model::trusted_ca::registry(key);
            changes.push(EntryChange {
                file: format!("/etc/docker/certs.d/{host}/ca.crt"),
                name: host,
                what: EntryWhat::Certificate(old.is_some(), new.is_some()),
                before: old.map(|entry| entry.span).into_iter().collect(),
                after: new.map(|entry| entry.span).into_iter().collect(),
            });
        }
    }
}
