//! Checks and reads a `registries.conf` or drop-in of a `MachineConfig` as the container runtime does: what it refuses to
//! load, and which entries it reads.
//!
//! As in containers/image `pkg/sysregistriesv2/system_registries_v2.go` (`loadConfigFile`, `postProcessRegistries`) and
//! `shortnames.go` (`newShortNameAliasCache`), in their order.

use super::load_error::location_of;
use super::registries_conf::{Flag, Mirror, PullFromMirror, RegistryEntry};
use crate::model::reference::{Reference, is_domain, is_short};
use crate::read::crd::{PlacedValue, RegistriesFile, RegistryTable, Spot};
use crate::source::Spanned;
use go_formats::quote;
use std::collections::{HashMap, HashSet};

/// A file as the runtime loads it.
#[derive(Clone, Debug, Default)]
pub struct LoadedRegistries {
    /// Its entries with their places; each prefix occurs once.
    pub entries: Vec<(RegistryEntry, Spot)>,
    /// Its search list.
    pub search: Option<Vec<Spanned<String>>>,
}

/// Why the runtime does not load a file.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The value that is wrong.
    pub spot: Spot,
    /// What is wrong with it, in words.
    pub what: String,
    /// The message of the runtime.
    pub why: String,
    /// What to write instead.
    pub advice: &'static str,
}

impl Refusal {
    fn new(spot: Spot, what: impl Into<String>, why: impl Into<String>, advice: &'static str) -> Self {
        Self { spot, what: what.into(), why: why.into(), advice }
    }
}

impl LoadedRegistries {
    /// Loads a file. With `is_drop_in`, the old format is refused.
    pub fn load(file: &RegistriesFile, is_drop_in: bool) -> Result<Self, Refusal> {
        if let Some(wrong) = &file.undecodable {
            let advice = if file.is_toml {
                "write a value of the right type, and each `[[registry.mirror]]` below its `[[registry]]`"
            } else {
                "correct the TOML"
            };
            return Err(Refusal::new(wrong.spot, &wrong.what, &wrong.what, advice));
        }
        if let Some(spot) = file.old_format {
            let (what, why) = if is_drop_in {
                ("a drop-in does not accept the format of `[registries.search]`", V1_IN_DROP_IN)
            } else if has_new_format(file) {
                ("`[registries.…]` and the newer format are in one file", MIXED)
            } else {
                // The runtime ignores the contents.
                return Ok(Self::default());
            };
            return Err(Refusal::new(
                spot,
                what,
                why,
                "write `unqualified-search-registries` and `[[registry]]` tables",
            ));
        }
        for table in &file.registries {
            check(table)?;
        }
        contradictions(&file.registries)?;
        let search = file.search.as_ref().map(|list| search(&list.value)).transpose()?;
        if let Some(mode) = &file.short_name_mode
            && !["", "disabled", "enforcing", "permissive"].contains(&mode.value.as_str())
        {
            let what = format!("`{}` is not a short-name mode", mode.value);
            let why = format!("invalid short-name mode: {}", quote(&mode.value));
            let advice = "write `disabled`, `enforcing` or `permissive`";
            return Err(Refusal::new(mode.spot, what, why, advice));
        }
        for table in &file.registries {
            let scope = table.scope();
            if scope.starts_with("*.") && scope.contains(['/', '@', ':']) {
                let what = format!("the wildcard `{scope}` has a port or a path");
                let why = format!(
                    "Wildcarded prefix should be in the format: *.example.com. Current prefix {} is incorrectly formatted",
                    quote(scope)
                );
                let advice = "write `*.` and a domain, without port and path";
                return Err(Refusal::new(table.scope_spot(), what, why, advice));
            }
        }
        aliases(&file.aliases)?;
        // Of two entries with the same prefix, the first one counts.
        let mut seen = HashSet::new();
        let counting = file.registries.iter().filter(|table| seen.insert(table.scope()));
        let entries = counting.map(|table| (entry(table), table.scope_spot())).collect();
        Ok(Self { entries, search })
    }
}

const V1_IN_DROP_IN: &str = "registry must be in v2 format but is in v1";
const NO_SCHEME: &str = "write the registry without the scheme";
const MIXED: &str = "mixing sysregistry v1/v2 is not supported";

fn has_new_format(file: &RegistriesFile) -> bool {
    !file.registries.is_empty()
        || file.search.is_some()
        || file.short_name_mode.as_ref().is_some_and(|mode| !mode.value.is_empty())
        || !file.aliases.is_empty()
}

fn text(value: Option<&PlacedValue<String>>) -> &str {
    value.map_or("", |value| value.value.as_str())
}

fn is_set(value: Option<&PlacedValue<bool>>) -> bool {
    value.is_some_and(|value| value.value)
}

fn entry(table: &RegistryTable) -> RegistryEntry {
    let flag = |value: Option<&PlacedValue<bool>>| Flag {
        spans: value.filter(|value| value.value).map(|value| value.spot.span).into_iter().collect(),
    };
    let only_digests = is_set(table.mirror_by_digest_only.as_ref());
    let mirrors = table.mirrors.iter().flatten().map(|mirror| Mirror {
        location: text(mirror.location.as_ref()).trim_end_matches('/').to_owned(),
        pull_from_mirror: match text(mirror.pull_from_mirror.as_ref()) {
            "digest-only" => PullFromMirror::DigestOnly,
            "tag-only" => PullFromMirror::TagOnly,
            _ if only_digests => PullFromMirror::DigestOnly,
            _ => PullFromMirror::All,
        },
        insecure: flag(mirror.insecure.as_ref()),
        spans: vec![mirror.location.as_ref().map_or(mirror.spot, |location| location.spot).span],
    });
    RegistryEntry {
        prefix: table.scope().to_owned(),
        location: text(table.location.as_ref()).trim_end_matches('/').to_owned(),
        insecure: flag(table.insecure.as_ref()),
        blocked: flag(table.blocked.as_ref()),
        mirrors: mirrors.collect(),
        spans: vec![table.scope_spot().span],
    }
}

/// The checks of the runtime for a `[[registry]]`.
fn check(table: &RegistryTable) -> Result<(), Refusal> {
    let (prefix, location) = (text(table.prefix.as_ref()), text(table.location.as_ref()));
    let refuse = |spot: Spot, what: String, why: String, advice| Err(Refusal::new(spot, what, why, advice));
    let is_place = |value: Option<&PlacedValue<String>>| match value {
        Some(value) => location_of(&value.value).map(|_| ()).map_err(|why| {
            let what = format!("`{}` has a scheme", value.value);
            Refusal::new(value.spot, what, why, NO_SCHEME)
        }),
        None => Ok(()),
    };
    is_place(table.location.as_ref())?;
    if prefix.is_empty() && location.trim_end_matches('/').is_empty() {
        let why = "invalid condition: both location and prefix are unset";
        return refuse(
            table.spot,
            "a `[[registry]]` has neither `location` nor `prefix`".into(),
            why.into(),
            "write its `location`",
        );
    }
    is_place(table.prefix.as_ref())?;
    if !prefix.is_empty() && !prefix.starts_with("*.") && location.trim_end_matches('/').is_empty() {
        let what = format!("`{prefix}` has no `location`");
        let why = "invalid condition: location is unset and prefix is not in the format: *.example.com";
        return refuse(
            table.scope_spot(),
            what,
            why.into(),
            "write its `location`, too, even if it is the same",
        );
    }
    if let Some(pull) = table.pull_from_mirror.as_ref().filter(|pull| !pull.value.is_empty()) {
        let why =
            format!("pull-from-mirror must not be set for a non-mirror registry {}", quote(table.scope()));
        let what = "`pull-from-mirror` is in a `[[registry]]`".into();
        return refuse(pull.spot, what, why, "write it in each `[[registry.mirror]]`");
    }
    for mirror in table.mirrors.iter().flatten() {
        is_place(mirror.location.as_ref())?;
        let location = text(mirror.location.as_ref()).trim_end_matches('/');
        if location.is_empty() {
            let why = "invalid condition: mirror location is unset";
            return refuse(
                mirror.spot,
                "a `[[registry.mirror]]` has no `location`".into(),
                why.into(),
                "write its `location`",
            );
        }
        let Some(pull) = mirror.pull_from_mirror.as_ref().filter(|pull| !pull.value.is_empty()) else {
            continue;
        };
        if is_set(table.mirror_by_digest_only.as_ref()) {
            let why = format!(
                "cannot set mirror usage mirror-by-digest-only for the registry ({}) and pull-from-mirror for per-mirror \
                 ({}) at the same time",
                quote(table.scope()),
                quote(location)
            );
            let what = "`pull-from-mirror` is below `mirror-by-digest-only`";
            return refuse(pull.spot, what.into(), why, "keep one of the two");
        }
        if !["all", "digest-only", "tag-only"].contains(&pull.value.as_str()) {
            let what = format!("`{}` is not a value of `pull-from-mirror`", pull.value);
            let why = format!(
                "unsupported pull-from-mirror value {} for mirror {}",
                quote(&pull.value),
                quote(location)
            );
            return refuse(pull.spot, what, why, "write `all`, `digest-only` or `tag-only`");
        }
    }
    Ok(())
}

/// All entries of one location must have the same `insecure` and the same `blocked`.
fn contradictions(tables: &[RegistryTable]) -> Result<(), Refusal> {
    let mut first: HashMap<&str, &RegistryTable> = HashMap::new();
    for table in tables {
        let location = text(table.location.as_ref()).trim_end_matches('/');
        let place = if location.is_empty() { table.scope() } else { location };
        let first = *first.entry(place).or_insert(table);
        for (what, a, b) in
            [("insecure", &first.insecure, &table.insecure), ("blocked", &first.blocked, &table.blocked)]
        {
            if is_set(a.as_ref()) != is_set(b.as_ref()) {
                let why = format!(
                    "registry '{location}' is defined multiple times with conflicting '{what}' setting"
                );
                let spot = b.as_ref().map_or(table.scope_spot(), |value| value.spot);
                let advice = "give all tables of one `location` the same setting";
                return Err(Refusal::new(spot, format!("`{place}` is both `{what}` and not"), why, advice));
            }
        }
    }
    Ok(())
}

fn search(list: &[PlacedValue<String>]) -> Result<Vec<Spanned<String>>, Refusal> {
    let items = list.iter().map(|item| {
        let trimmed = location_of(&item.value).map_err(|why| {
            Refusal::new(item.spot, format!("`{}` has a scheme", item.value), why, NO_SCHEME)
        })?;
        if is_domain(trimmed) {
            return Ok(Spanned::new(trimmed.to_owned(), item.spot.span));
        }
        let what = format!("`{}` in the search list is not a host", item.value);
        let why = format!("Invalid unqualified-search-registries entry {}", quote(trimmed));
        Err(Refusal::new(item.spot, what, why, "write a host, with its port if it has one, and no path"))
    });
    items.collect()
}

fn aliases(aliases: &[(PlacedValue<String>, PlacedValue<String>)]) -> Result<(), Refusal> {
    for (name, value) in aliases {
        let refuse = |of: &PlacedValue<String>, what: String| {
            let why = format!("validating short-name aliases: {what}");
            let advice = "write a name without registry, and the repository that it means with its registry";
            Err(Refusal::new(of.spot, what, why, advice))
        };
        let is_name_only = |text: &str| {
            Reference::parse(text)
                .is_ok_and(|reference| reference.tag.is_none() && reference.digest.is_none())
        };
        if !is_short(&name.value) || !is_name_only(&name.value) {
            return refuse(name, format!("the alias `{}` is not a short name", name.value));
        }
        if !value.value.is_empty() && (is_short(&value.value) || !is_name_only(&value.value)) {
            return refuse(value, format!("`{}` is not a repository with its registry", value.value));
        }
    }
    Ok(())
}
