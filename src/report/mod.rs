//! One report for people, others for machines; several in one run.

pub mod github;
pub mod json;
pub mod line_hash;
pub mod printable;
#[cfg(test)]
mod sample;
pub mod sarif;
pub mod text;

use crate::rule::Meta;

/// Where pullwarden lives.
pub const REPOSITORY: &str = "https://github.com/pullwarden/pullwarden";

/// Where the page of a rule can be read, as it was when this pullwarden was released.
pub fn page_url(rule: &Meta) -> String {
    format!("{REPOSITORY}/blob/v{}/rules/{}.md", env!("CARGO_PKG_VERSION"), rule.id)
}
