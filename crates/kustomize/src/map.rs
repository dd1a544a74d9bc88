//! The entries of a map, in their order. A large map has an index of its keys.

use crate::value::{Data, Member, Value};
use spanned_yaml::Span;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// From this many entries on, an index costs less than a search.
const INDEXED: usize = 16;

/// The entries of a map. Values may nest deep, so it needs little space on the stack.
#[derive(Debug, Default)]
pub(crate) struct Map(Box<Entries>);

#[derive(Debug, Default)]
struct Entries {
    members: Vec<Member>,
    /// The position of each key; computed for the first search in a large map, and valid as long as no entry moves.
    index: OnceLock<HashMap<Arc<str>, usize>>,
    /// Whether every key in it has a value, at any depth.
    is_complete: bool,
}

impl Map {
    /// The place of a key among the entries.
    pub(crate) fn position(&self, key: &str) -> Option<usize> {
        if self.0.members.len() < INDEXED {
            return self.0.members.iter().position(|member| *member.key == *key);
        }
        let index = self.0.index.get_or_init(|| {
            let mut index = HashMap::with_capacity(self.0.members.len());
            for (at, member) in self.0.members.iter().enumerate() {
                index.entry(member.key.clone()).or_insert(at);
            }
            index
        });
        index.get(key).copied()
    }

    pub(crate) fn member(&self, key: &str) -> Option<&Member> {
        self.position(key).map(|at| &self.0.members[at])
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let at = self.position(key)?;
        self.0.is_complete = false;
        Some(&mut self.0.members[at].value)
    }

    /// The entries, to be changed.
    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Member> {
        self.0.index = OnceLock::new();
        self.0.is_complete = false;
        self.0.members.iter_mut()
    }

    /// Sets `key` to `value`; a new key is added at the end.
    pub(crate) fn put(&mut self, key: &str, key_span: Span, value: Value) {
        match self.position(key) {
            Some(at) => {
                self.0.is_complete &= is_complete(&value);
                self.0.members[at].value = value;
            }
            None => self.push(Member { key: key.into(), key_span, value }),
        }
    }

    /// Adds an entry whose key is not there yet.
    fn push(&mut self, member: Member) {
        self.0.is_complete &= is_complete(&member.value);
        if let Some(index) = self.0.index.get_mut() {
            index.insert(member.key.clone(), self.0.members.len());
        }
        self.0.members.push(member);
    }

    /// Removes and returns the entry under `key`.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.position(key)?;
        self.0.index = OnceLock::new();
        Some(self.0.members.remove(at).value)
    }

    /// Keeps only the entries for which `keep` is true.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Member) -> bool) {
        let before = self.0.members.len();
        self.0.members.retain(keep);
        if self.0.members.len() != before {
            self.0.index = OnceLock::new();
        }
    }

    /// Replaces each entry by the result of `make` for its key and values, at the same position; new keys come last. Without
    /// a result, the entry is removed.
    pub(crate) fn merge<E>(
        &mut self,
        others: Self,
        mut make: impl FnMut(&str, Option<Value>, Value) -> Result<Option<Value>, E>,
    ) -> Result<(), E> {
        let mut gone = Vec::new();
        for Member { key, key_span, value } in others.0.members {
            let at = self.position(&key);
            let nothing = Value::map(key_span);
            let before = at.map(|at| std::mem::replace(&mut self.0.members[at].value, nothing));
            match (at, make(&key, before, value)?) {
                (Some(at), Some(value)) => {
                    self.0.is_complete &= is_complete(&value);
                    self.0.members[at] = Member { key, key_span, value };
                }
                (None, Some(value)) => self.push(Member { key, key_span, value }),
                (Some(at), None) => gone.push(at),
                (None, None) => {}
            }
        }
        if !gone.is_empty() {
            gone.sort_unstable();
            let mut at = 0..;
            self.retain(|_| at.next().is_none_or(|at| gone.binary_search(&at).is_err()));
        }
        Ok(())
    }

    /// Removes keys without a value that are not `kept`, also in the maps under other keys.
    pub(crate) fn drop_absent(&mut self, kept: &dyn Fn(&str) -> bool) {
        // A complete map stays complete until a value is added, so it is not visited again.
        if self.0.is_complete {
            return;
        }
        self.retain(|member| !is_absent(&member.value) || kept(&member.key));
        for member in &mut self.0.members {
            if let Data::Map(map) = &mut member.value.data
                && !kept(&member.key)
            {
                map.drop_absent(&|_| false);
            }
        }
        self.0.is_complete = self.0.members.iter().all(|member| is_complete(&member.value));
    }
}

fn is_absent(value: &Value) -> bool {
    matches!(&value.data, Data::Word(word) if word.plain && word.text.is_empty())
}

/// Whether a value has no key without a value. Lists are not visited.
fn is_complete(value: &Value) -> bool {
    match &value.data {
        Data::Map(map) => map.0.is_complete,
        Data::List(_) => true,
        Data::Word(_) => !is_absent(value),
    }
}

impl Clone for Map {
    fn clone(&self) -> Self {
        let (members, is_complete) = (self.0.members.clone(), self.0.is_complete);
        Self(Box::new(Entries { members, is_complete, index: OnceLock::new() }))
    }
}

impl From<Vec<Member>> for Map {
    fn from(members: Vec<Member>) -> Self {
        Self(Box::new(Entries { members, ..Entries::default() }))
    }
}

impl Deref for Map {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        &self.0.members
    }
}

impl<'m> IntoIterator for &'m mut Map {
    type Item = &'m mut Member;
    type IntoIter = std::slice::IterMut<'m, Member>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}
