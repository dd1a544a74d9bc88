//! The pages of the rule book, built into the program.

/// Every page of `rules/` with its id, sorted by id; `build.rs` writes the list.
static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of the rule `id`; empty as long as nobody has written it.
pub(super) fn page(id: &str) -> &'static str {
    let found = PAGES.binary_search_by_key(&id, |(of, _)| of);
    found.map_or("", |index| PAGES[index].1)
}
