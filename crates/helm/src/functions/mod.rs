//! The functions that templates may call: Go's own, sprig's and Helm's.

#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "lengths are far below 2^31, and digits and exponents are checked where they are cast"
)]

mod case;
mod cast;
mod compares;
mod control;
mod crypto;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod encode;
mod equality;
mod escape;
mod files;
mod formats;
mod indents;
mod json;
mod letters;
mod lists;
mod math;
mod merge;
mod methods;
mod paths;
mod reflect;
mod regex_syntax;
mod regexes;
mod slices;
mod splits;
mod strings;
mod time;
mod toml;
mod unknown;
mod urls;
mod versions;
mod yaml;
mod yaml_scalar;
mod yaml_write;

pub(crate) use files::bytes as file_bytes;
pub(crate) use methods::method;

use crate::exec::Function;
use std::collections::HashMap;
use std::sync::OnceLock;

/// All functions by their names.
fn table() -> &'static HashMap<&'static str, &'static Function> {
    static NAMES: OnceLock<HashMap<&'static str, &'static Function>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let tables = [
            compares::TABLE,
            control::TABLE,
            crypto::TABLE,
            dates::TABLE,
            defaults::TABLE,
            dicts::TABLE,
            encode::TABLE,
            escape::TABLE,
            formats::TABLE,
            indents::TABLE,
            letters::TABLE,
            lists::TABLE,
            math::TABLE,
            paths::TABLE,
            reflect::TABLE,
            regexes::TABLE,
            slices::TABLE,
            splits::TABLE,
            strings::TABLE,
            unknown::TABLE,
            urls::TABLE,
            versions::TABLE,
        ];
        tables.into_iter().flatten().map(|function| (function.name, function)).collect()
    })
}

/// The function with a name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    table().get(name).copied()
}

/// The names of all functions, in order, each with its parameters.
#[cfg(test)]
pub(crate) fn names() -> Vec<(&'static str, &'static str)> {
    let mut names: Vec<_> = table().values().map(|function| (function.name, function.takes)).collect();
    names.sort_unstable();
    names
}
