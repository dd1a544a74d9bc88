//! The pages of the rule book, which are compiled into the program, and those of policies.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// Every page of `rules/` with its id, sorted by id; `build.rs` writes the list.
static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The pages of policies, which are written when the policies are read.
static OF_POLICIES: RwLock<BTreeMap<&'static str, &'static str>> = RwLock::new(BTreeMap::new());

/// Stores the page of a policy.
#[cfg(feature = "policies")]
pub(crate) fn note(id: &'static str, page: &'static str) {
    OF_POLICIES.write().unwrap_or_else(PoisonError::into_inner).insert(id, page);
}

/// The page of the rule `id`; empty if there is none yet.
pub(super) fn page(id: &str) -> &'static str {
    let found = PAGES.binary_search_by_key(&id, |(of, _)| of);
    let of_policy = || OF_POLICIES.read().unwrap_or_else(PoisonError::into_inner).get(id).copied();
    found.map(|index| PAGES[index].1).or_else(|_| of_policy().ok_or(())).unwrap_or("")
}
