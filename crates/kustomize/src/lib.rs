#![doc = include_str!("../README.md")]

mod additions;
mod base;
mod built;
mod cache;
mod chart;
mod charts;
mod config;
mod definitions;
mod error;
mod fields;
mod files;
mod generators;
mod hash;
mod images;
mod includes;
mod json_patch;
mod kustomization;
mod labels;
mod loader;
mod map;
mod merge;
mod names;
mod object_patches;
mod objects;
mod order;
mod origin;
mod patches;
mod path;
mod place;
mod reader;
mod reference_table;
mod references;
mod replacements;
mod resource;
mod schema;
mod selector;
mod set;
mod shape;
mod shared;
mod state;
mod steps;
mod target;
mod text;
mod transformers;
mod value;
mod vars;
mod written;

pub use additions::{Additions, change};
pub use built::Built;
pub use cache::Cache;
pub use chart::{BuiltChart, ChartCall, Charts, RenderedChart};
pub use error::{Cause, Error, Result};
pub use files::{Files, Found, Tree, join};
pub use includes::{Change, Includes, includes};
pub use kustomization::{NAMES, is_kustomization};
pub use object_patches::apply_patches;
pub use selector::Target;

/// What `kustomize build` makes of the directory `root`. Paths are relative to the root of the repository, as in
/// [`Files`]; `cache` is that of all builds over these files.
///
/// What cannot be read here is left out, and then no patch has to find its target; what kustomize refuses is an error.
pub fn build(root: &str, files: &dyn Files, cache: &Cache) -> Result<Built> {
    loader::Build::new(files, cache).run_with(root, None)
}

/// What `kustomize build` makes of `root` with more fields in its kustomization.
pub fn build_with(root: &str, additions: Additions<'_>, files: &dyn Files, cache: &Cache) -> Result<Built> {
    loader::Build::new(files, cache).run_with(root, Some(additions))
}
