//! Reads `registries.conf` as the container runtime does: which files it refuses to load, which entry it uses for a name,
//! and where it looks for an image.
//!
//! As in containers/image `pkg/sysregistriesv2/system_registries_v2.go`. It is in this module since the MCO calls the same
//! code before it blocks a registry of the release.

use super::load_error::{LoadError, LoadedFile, location_of};
use super::pools::{NodeRegistries, Pool};
use super::registries_conf::{Mirror, PullFromMirror, RegistriesConf, RegistryEntry};
use super::search_registries::SearchRegistries;
use super::{Files, SEARCH_REGISTRIES, TEMPLATE_SEARCH};
use crate::model::reference::{Reference, ReferenceError, is_domain};
use crate::model::scope::MAX_OUTER;
use crate::source::Span;
use go_formats::quote;
use std::collections::HashMap;

/// The loaded registries, indexed to find the entry of a name. A search takes time in proportion to the length of the name,
/// not of the list.
#[derive(Debug)]
pub struct Registries<'n> {
    by_prefix: HashMap<&'n str, Registry<'n>>,
    /// The registries in which short names are looked up.
    pub search: Vec<&'n str>,
}

/// An entry, as loaded.
#[derive(Clone, Copy, Debug)]
pub struct Registry<'n> {
    /// The prefix that names are compared with.
    pub prefix: &'n str,
    /// The name that replaces the prefix; empty for wildcards.
    pub location: &'n str,
    /// The entry in the file.
    pub entry: &'n RegistryEntry,
}

/// A place where the runtime looks for an image.
#[derive(Clone, Debug)]
pub struct Endpoint<'n> {
    /// The name of the image in this place.
    pub reference: Reference,
    /// `location` of the mirror, or of the entry itself.
    pub location: &'n str,
    /// Whether TLS may be unverified.
    pub insecure: bool,
    /// The pulls that use the mirror; `None` for the entry itself.
    pub pull_from_mirror: Option<PullFromMirror>,
    /// The texts of manifests from which it is made.
    pub spans: &'n [Span],
}

impl<'n> Registries<'n> {
    /// Loads both files, or returns the error of the runtime.
    pub fn load(conf: &'n RegistriesConf, search: Option<&'n SearchRegistries>) -> Result<Self, LoadError> {
        let fail = |why: String, spans: &[Span]| LoadError {
            file: LoadedFile::RegistriesConf,
            why,
            spans: spans.to_vec(),
        };
        let mut registries = Vec::with_capacity(conf.entries.len());
        for entry in &conf.entries {
            let trim = |location: &'n str, spans| location_of(location).map_err(|why| fail(why, spans));
            let location = trim(&entry.location, &entry.spans)?;
            let prefix = trim(entry.scope(), &entry.spans)?;
            if prefix.is_empty() {
                let why = "invalid condition: both location and prefix are unset".to_owned();
                return Err(fail(why, &entry.spans));
            }
            for mirror in &entry.mirrors {
                if trim(&mirror.location, &mirror.spans)?.is_empty() {
                    return Err(fail("invalid condition: mirror location is unset".into(), &mirror.spans));
                }
            }
            registries.push(Registry { prefix, location, entry });
        }
        let mut by_prefix: HashMap<&str, (usize, Registry<'_>)> = HashMap::with_capacity(registries.len());
        // To the runtime, entries are equal that differ only by slashes at the end. The first one counts, unless the two
        // contradict each other.
        let mut conflicts = Vec::new();
        for (index, registry) in registries.iter().enumerate() {
            let first = by_prefix.entry(registry.prefix).or_insert((index, *registry));
            conflicts.extend(contradiction(&first.1, registry).map(|(why, spans)| (first.0, why, spans)));
        }
        if let Some((_, why, spans)) = conflicts.into_iter().min_by_key(|(first, ..)| *first) {
            return Err(fail(why, &spans));
        }
        let by_prefix = by_prefix.into_iter().map(|(prefix, (_, registry))| (prefix, registry)).collect();
        for registry in &registries {
            if registry.prefix.starts_with("*.") && registry.prefix.contains(['/', '@', ':']) {
                let why = format!(
                    "Wildcarded prefix should be in the format: *.example.com. Current prefix {} is incorrectly formatted",
                    quote(registry.prefix)
                );
                return Err(fail(why, &registry.entry.spans));
            }
        }
        Ok(Self { by_prefix, search: load_search(search)? })
    }

    /// Loads the files of a pool: its own `registries.conf` instead of the operator's, and then the drop-ins in their order.
    pub fn load_pool(files: &'n Files, pool: &'n Pool) -> Result<Self, LoadError> {
        if let Some(error) = pool.load_error() {
            return Err(error);
        }
        let search = files.search_registries.as_ref().filter(|_| !pool.replaces_search_list());
        let mut registries = match &pool.registries_conf {
            None => Self::load(&files.registries_conf, search)?,
            Some(own) => {
                let mut registries = Self { by_prefix: HashMap::new(), search: load_search(search)? };
                if search.is_none() {
                    registries.search.clear();
                }
                registries.take(own, search.is_none());
                registries
            }
        };
        for drop_in in &pool.drop_ins {
            let is_last = search.is_none() || drop_in.path.value.as_str() > SEARCH_REGISTRIES;
            registries.take(drop_in, is_last);
        }
        Ok(registries)
    }

    /// Adds the entries of a file, and its search list if that counts.
    fn take(&mut self, file: &'n NodeRegistries, takes_list: bool) {
        let Some(loaded) = file.loaded() else { return };
        for (entry, _) in &loaded.entries {
            let registry = Registry { prefix: &entry.prefix, location: &entry.location, entry };
            self.by_prefix.insert(&entry.prefix, registry);
        }
        if let Some(search) = loaded.search.as_ref().filter(|_| takes_list) {
            self.search = search.iter().map(|registry| registry.value.as_str()).collect();
        }
    }

    /// The entry with exactly this prefix.
    pub fn get(&self, prefix: &str) -> Option<&Registry<'n>> {
        self.by_prefix.get(prefix)
    }

    /// The entry that the runtime uses for a name: the one with the longest prefix. `name` is a repository, a registry, or a
    /// wildcard around one.
    pub fn find(&self, name: &str) -> Option<&Registry<'n>> {
        self.find_among(name, |_| true)
    }

    /// The entry that the runtime would use for a name if no entry had exactly this name.
    pub fn around(&self, name: &str) -> Option<&Registry<'n>> {
        self.find_among(name, |registry| registry.prefix != name)
    }

    fn find_among(&self, name: &str, counts: impl Fn(&Registry<'n>) -> bool) -> Option<&Registry<'n>> {
        let ends = name.char_indices().filter(|(_, c)| matches!(c, '/' | ':' | '@')).map(|(at, _)| at);
        let exact = ends
            .filter(|end| *end <= MAX_OUTER)
            .chain([name.len()])
            .filter_map(|end| self.by_prefix.get(&name[..end]))
            .rfind(|registry| !registry.prefix.starts_with("*.") && counts(registry));
        let wildcard = self.find_wildcard(name, counts);
        match (exact, wildcard) {
            // At equal length, the first in alphabetical order is used, and `*` comes before letters and digits.
            (Some(exact), Some(wildcard)) if exact.prefix.len() > wildcard.prefix.len() => Some(exact),
            (exact, wildcard) => wildcard.or(exact),
        }
    }

    fn find_wildcard(&self, name: &str, counts: impl Fn(&Registry<'n>) -> bool) -> Option<&Registry<'n>> {
        let host = &name[..name.find(['/', ':', '@']).unwrap_or(name.len())];
        host.match_indices('.').filter(|(at, _)| host.len() - at <= MAX_OUTER).find_map(|(at, _)| {
            let domain = &host[at..];
            // The runtime considers only the first occurrence: `*.corp` does not match `a.corp.corp`.
            let is_first = name.find(domain) == Some(at);
            self.by_prefix.get(format!("*{domain}").as_str()).filter(|found| is_first && counts(found))
        })
    }
}

impl<'n> Registry<'n> {
    /// The places where the runtime looks for `reference`, in order: the mirrors for such pulls, then the source.
    pub fn endpoints(&self, reference: &Reference) -> Result<Vec<Endpoint<'n>>, ReferenceError> {
        let skipped = skipped_for(reference);
        let entry = self.entry;
        let mirrors =
            entry.mirrors.iter().filter(|mirror| mirror.pull_from_mirror != skipped).map(|mirror| {
                Ok(Endpoint {
                    reference: self.rewrite(reference, mirror.location.trim_end_matches('/'))?,
                    location: mirror.location.trim_end_matches('/'),
                    insecure: mirror.insecure.is_set(),
                    pull_from_mirror: Some(mirror.pull_from_mirror),
                    spans: &mirror.spans,
                })
            });
        let source = std::iter::once_with(|| {
            Ok(Endpoint {
                reference: self.rewrite(reference, self.location)?,
                location: self.location,
                insecure: entry.insecure.is_set(),
                pull_from_mirror: None,
                spans: &entry.spans,
            })
        });
        mirrors.chain(source).collect()
    }

    /// The mirrors that do not apply to such pulls.
    pub fn passed_over(&self, reference: &Reference) -> impl Iterator<Item = &'n Mirror> {
        let skipped = skipped_for(reference);
        self.entry.mirrors.iter().filter(move |mirror| mirror.pull_from_mirror == skipped)
    }

    /// The name of the image with `location` instead of the matched prefix.
    fn rewrite(&self, reference: &Reference, location: &str) -> Result<Reference, ReferenceError> {
        if location.is_empty() {
            return Ok(reference.clone());
        }
        let text = reference.to_string();
        let matched = match self.prefix.strip_prefix('*').filter(|domain| domain.starts_with('.')) {
            Some(domain) => text.find(domain).map_or(0, |at| at + domain.len()),
            None => self.prefix.len(),
        };
        Reference::parse_canonical(&format!("{location}{}", &text[matched..]))
    }
}

/// The value of `pull-from-mirror` whose mirrors a pull skips.
fn skipped_for(reference: &Reference) -> PullFromMirror {
    match reference.digest {
        Some(_) => PullFromMirror::TagOnly,
        None => PullFromMirror::DigestOnly,
    }
}

fn load_search(search: Option<&SearchRegistries>) -> Result<Vec<&str>, LoadError> {
    let Some(search) = search else { return Ok(TEMPLATE_SEARCH.to_vec()) };
    search
        .registries
        .iter()
        .map(|registry| {
            let trimmed = location_of(&registry.value).and_then(|trimmed| {
                let invalid = || format!("Invalid unqualified-search-registries entry {}", quote(trimmed));
                if is_domain(trimmed) { Ok(trimmed) } else { Err(invalid()) }
            });
            trimmed.map_err(|why| LoadError {
                file: LoadedFile::SearchRegistries,
                why,
                spans: vec![registry.span],
            })
        })
        .collect()
}

fn contradiction(first: &Registry<'_>, other: &Registry<'_>) -> Option<(String, Vec<Span>)> {
    let (a, b) = (first.entry, other.entry);
    let what = if a.insecure.is_set() != b.insecure.is_set() {
        "insecure"
    } else if a.blocked.is_set() != b.blocked.is_set() {
        "blocked"
    } else {
        return None;
    };
    let why =
        format!("registry '{}' is defined multiple times with conflicting '{what}' setting", first.location);
    Some((why, [b.spans.as_slice(), &a.spans].concat()))
}
