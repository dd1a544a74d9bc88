//! Maps, which are shared and can be changed.

use super::Value;
use super::list::release;
use spanned_yaml::Span;
use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A map of strings to values, in the order of the keys' bytes. A clone is the same map.
#[derive(Clone, Debug, Default)]
pub struct Map(Rc<Body>);

#[derive(Debug, Default)]
struct Body(RefCell<BTreeMap<Rc<str>, Slot>>);

/// The value under a key.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The text of a values file that names the key.
    pub key_origin: Option<Span>,
    /// The value.
    pub value: Value,
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.0.0.borrow().get(key).map(|slot| slot.value.clone())
    }

    /// The value under a key, with the place of the key.
    pub fn slot(&self, key: &str) -> Option<Slot> {
        self.0.0.borrow().get(key).cloned()
    }

    /// Whether there is a key.
    pub fn contains(&self, key: &str) -> bool {
        self.0.0.borrow().contains_key(key)
    }

    /// Sets the value of a key. The place of an existing key stays.
    pub fn insert(&self, key: &str, value: Value) {
        let old = {
            let mut slots = self.0.0.borrow_mut();
            if let Some(slot) = slots.get_mut(key) {
                Some(std::mem::replace(&mut slot.value, value))
            } else {
                slots.insert(key.into(), Slot { key_origin: None, value });
                None
            }
        };
        // The old value may contain this map, so it is dropped when the map is no longer borrowed.
        drop(old);
    }

    /// Sets a key with its place in a values file.
    pub fn insert_slot(&self, key: &str, slot: Slot) {
        let old = self.0.0.borrow_mut().insert(key.into(), slot);
        drop(old);
    }

    /// Removes a key.
    pub fn remove(&self, key: &str) -> Option<Slot> {
        self.0.0.borrow_mut().remove(key)
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.0.borrow().len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.0.0.borrow().is_empty()
    }

    /// The keys, in the order of their bytes.
    pub fn keys(&self) -> Vec<Rc<str>> {
        self.0.0.borrow().keys().cloned().collect()
    }

    /// The current entries, in the order of the keys' bytes. They do not change later.
    pub fn entries(&self) -> Vec<(Rc<str>, Slot)> {
        self.0.0.borrow().iter().map(|(key, slot)| (Rc::clone(key), slot.clone())).collect()
    }

    /// Borrows the entries. No code that runs meanwhile may change the map.
    pub(crate) fn borrow(&self) -> Ref<'_, BTreeMap<Rc<str>, Slot>> {
        self.0.0.borrow()
    }

    /// Whether both are the same map, not only equal ones.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// A separate map with the same values; maps in it stay shared.
    #[must_use]
    pub fn shallow_copy(&self) -> Self {
        Self(Rc::new(Body(RefCell::new(self.0.0.borrow().clone()))))
    }

    /// Moves out the values, if no other value shares the map.
    pub(super) fn take_unshared(mut self, into: &mut Vec<Value>) {
        if let Some(body) = Rc::get_mut(&mut self.0) {
            let slots = std::mem::take(body.0.get_mut());
            into.extend(slots.into_values().map(|slot| slot.value));
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let slots = std::mem::take(self.0.get_mut());
        if !slots.is_empty() {
            release(slots.into_values().map(|slot| slot.value).collect());
        }
    }
}

impl<K: AsRef<str>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        let map = Self::new();
        for (key, value) in entries {
            map.insert(key.as_ref(), value);
        }
        map
    }
}
