//! The text of a `registries.conf`, or of a drop-in in `registries.conf.d`, inside a manifest. It is read as the container
//! runtime decodes it, and every value has its place.
//!
//! Sources: containers/image `pkg/sysregistriesv2/system_registries_v2.go` (`V2RegistriesConf`, `V1RegistriesConf`),
//! BurntSushi/toml `decode.go` (a key matches a field in any case; a value of another type is an error).

mod reader;

use crate::source::Span;

/// A place in the text of a file inside a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The exact place, if the manifest contains the file unchanged; otherwise the value that contains the file.
    pub span: Span,
    /// The line in the file, from 1, if the span covers the whole file.
    pub line: Option<usize>,
}

impl Spot {
    /// ` (line 3 of the file)`, where the manifest does not show the line.
    pub fn in_file(self) -> String {
        self.line.map_or_else(String::new, |line| format!(" (line {line} of the file)"))
    }
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct PlacedValue<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub spot: Spot,
}

/// Why the decoder rejects a file.
#[derive(Clone, Debug)]
pub struct Undecodable {
    /// The place.
    pub spot: Spot,
    /// The reason, in words.
    pub what: String,
}

/// A `registries.conf`, or a drop-in.
#[derive(Clone, Debug, Default)]
pub struct RegistriesFile {
    /// `[[registry]]`, in the order of the file.
    pub registries: Vec<RegistryTable>,
    /// `unqualified-search-registries`; an empty list counts, too.
    pub search: Option<PlacedValue<Vec<PlacedValue<String>>>>,
    /// `short-name-mode`
    pub short_name_mode: Option<PlacedValue<String>>,
    /// `[aliases]`
    pub aliases: Vec<(PlacedValue<String>, PlacedValue<String>)>,
    /// The key of the old format: `[registries.search]` and its neighbours with a list.
    pub old_format: Option<Spot>,
    /// Why the decoder rejects it: it is not TOML, or a value has the wrong type. The first of several reasons.
    pub undecodable: Option<Undecodable>,
    /// Whether it is TOML.
    pub is_toml: bool,
}

/// A `[[registry]]`.
#[derive(Clone, Debug)]
pub struct RegistryTable {
    /// Where it stands.
    pub spot: Spot,
    /// `prefix`
    pub prefix: Option<PlacedValue<String>>,
    /// `location`
    pub location: Option<PlacedValue<String>>,
    /// `insecure`
    pub insecure: Option<PlacedValue<bool>>,
    /// `blocked`
    pub blocked: Option<PlacedValue<bool>>,
    /// `mirror-by-digest-only`
    pub mirror_by_digest_only: Option<PlacedValue<bool>>,
    /// `pull-from-mirror`, which only a mirror may have.
    pub pull_from_mirror: Option<PlacedValue<String>>,
    /// `[[registry.mirror]]`; `None` where there is no such list.
    pub mirrors: Option<Vec<MirrorTable>>,
}

/// A `[[registry.mirror]]`.
#[derive(Clone, Debug)]
pub struct MirrorTable {
    /// Where it stands.
    pub spot: Spot,
    /// `location`
    pub location: Option<PlacedValue<String>>,
    /// `insecure`
    pub insecure: Option<PlacedValue<bool>>,
    /// `pull-from-mirror`
    pub pull_from_mirror: Option<PlacedValue<String>>,
}

impl RegistryTable {
    /// The name that image names are compared with: the prefix, or else the location, without slashes at the end.
    pub fn scope(&self) -> &str {
        let text =
            |value: &'_ Option<PlacedValue<String>>| value.as_ref().map_or(0, |value| value.value.len());
        let scope = if text(&self.prefix) > 0 { &self.prefix } else { &self.location };
        scope.as_ref().map_or("", |scope| scope.value.trim_end_matches('/'))
    }

    /// The place of this name.
    pub fn scope_spot(&self) -> Spot {
        let is_set = |value: &&PlacedValue<String>| !value.value.is_empty();
        let scope = self.prefix.as_ref().filter(is_set).or(self.location.as_ref());
        scope.map_or(self.spot, |scope| scope.spot)
    }
}

impl RegistriesFile {
    /// Roughly how many bytes it uses in memory.
    pub(super) fn weight(&self) -> usize {
        const TABLE: usize = std::mem::size_of::<RegistryTable>();
        let mirrors = self.registries.iter().map(|table| table.mirrors.as_ref().map_or(0, Vec::len));
        let search = self.search.as_ref().map_or(0, |list| list.value.len());
        TABLE * (self.registries.len() + mirrors.sum::<usize>() + search + self.aliases.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn read(text: &str) -> RegistriesFile {
        RegistriesFile::read(text, Span::new(FileId(0), 0, text.len()), "")
    }

    #[test]
    fn values_are_read_in_any_case() {
        let file = read(
            "unqualified-search-registries = ['a.io']\n[[registry]]\nLocation = \"quay.io/acme/\"\nblocked = true\n\
             [[registry.mirror]]\nlocation = 'm.io'\n[aliases]\n\"ubi\" = \"m.io/ubi\"\n",
        );
        assert!(file.undecodable.is_none());
        assert_eq!(file.registries[0].scope(), "quay.io/acme");
        assert!(file.registries[0].blocked.as_ref().expect("a value").value);
        let mirrors = file.registries[0].mirrors.as_ref().expect("mirrors");
        assert_eq!(mirrors[0].location.as_ref().expect("a mirror").value, "m.io");
        assert_eq!(file.search.expect("a list").value[0].value, "a.io");
        assert_eq!(file.aliases[0].1.value, "m.io/ubi");
    }

    #[test]
    fn entries_that_the_decoder_refuses_are_reported() {
        for (text, what, line) in [
            (
                "[[registry.mirror]]\nlocation = 'a'\n",
                "`[[registry.mirror]]` has no `[[registry]]` before it",
                1,
            ),
            ("[registry]\nlocation = 'a'\n", "`registry` is a table, not a list of tables", 1),
            ("[[registry]]\nlocation = 1\n", "`location` is a number, not a string", 2),
            (
                "[[registry]]\nlocation = 'a'\nblocked = 'true'\n",
                "`blocked` is a string, not `true` or `false`",
                3,
            ),
            (
                "unqualified-search-registries = 'a'\n",
                "`unqualified-search-registries` is a string, not a list of strings",
                1,
            ),
            ("[[registry]]\nlocation = 'a'\nmirror = 'b'\n", "`mirror` is a string, not a list of tables", 3),
        ] {
            let wrong = read(text).undecodable.expect(text);
            assert_eq!((wrong.what.as_str(), wrong.spot.line), (what, Some(line)), "{text}");
        }
        for (text, line) in [
            ("a = \n", 1),
            ("[[registry]]\nlocation = a.io\n", 2),
            ("[[registry]\n", 1),
            ("a = 1\na = 2\n", 2),
        ] {
            let file = read(text);
            assert!(!file.is_toml, "{text}");
            assert_eq!(file.undecodable.expect(text).spot.line, Some(line), "{text}");
        }
    }

    #[test]
    fn an_old_format_is_known_by_its_lists() {
        assert!(read("[registries.search]\nregistries = []\n").old_format.is_some());
        assert!(read("[registries.search]\n").old_format.is_none());
    }
}
