//! Imports point one way: along the rooms that the first page of the documentation draws, and only where the rooms
//! before an own one stand. Files that import each other in a circle stay few, and rules know no rules.

use crate::generated;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The most files that may import each other in a circle.
const MOST: usize = 8;

/// The package has more imports between its files than this: with fewer, they are not read as they are written.
const FEWEST: usize = 2_000;

/// The same for all crates together.
const FEWEST_OF_CRATES: usize = 700;

/// A file's module path, `["model", "scope"]`.
type Module = Vec<String>;

/// The modules of the package, and what each imports.
struct House {
    texts: BTreeMap<Module, String>,
    /// What a module names of another one, and so hands on to the files below it: its own path with the name, and where
    /// the name comes from.
    handed_on: BTreeMap<Vec<String>, Vec<String>>,
}

#[test]
fn imports_follow_the_rooms_that_the_documentation_draws() {
    let house = House::read();
    let order = drawn();
    let named: BTreeSet<&Module> = order.iter().collect();
    assert_eq!(named.len(), order.len(), "src/lib.rs draws a room twice");
    let missing: Vec<&Module> = order.iter().filter(|room| !house.texts.contains_key(*room)).collect();
    assert!(missing.is_empty(), "src/lib.rs draws rooms that are not there: {missing:?}");
    // A part of a room that is drawn by itself has a place of its own.
    let place = |module: &Module| {
        let mut parts = (1..=module.len()).rev().map(|end| &module[..end]);
        parts.find_map(|part| order.iter().position(|room| room == part))
    };
    let unnamed: Vec<&Module> = house.texts.keys().filter(|module| place(module).is_none()).collect();
    assert!(unnamed.is_empty(), "the picture in src/lib.rs names no room for {unnamed:?}");
    let mut wrong = Vec::new();
    for module in house.texts.keys() {
        for other in house.imports(module) {
            if place(&other) > place(module) {
                wrong.push(format!("{} imports {}", module.join("::"), other.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "these imports point against the picture in src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn nobody_but_the_registry_knows_a_rule() {
    let house = House::read();
    let registry = ["rules".to_owned()];
    let rules: BTreeSet<&Module> = house
        .texts
        .iter()
        .filter(|(_, text)| text.contains("impl Rule for"))
        .map(|(module, _)| module)
        .collect();
    assert!(rules.len() > 100, "only {} rules are found", rules.len());
    let mut wrong = Vec::new();
    for module in house.texts.keys().filter(|module| module[..] != registry) {
        for other in house.imports(module).iter().filter(|other| rules.contains(other)) {
            wrong.push(format!("{} imports {}", module.join("::"), other.join("::")));
        }
    }
    assert!(
        wrong.is_empty(),
        "a question that several ask is one of the model or of `rules::view`, and what else tells rules apart is a \
         property of theirs:\n{}",
        wrong.join("\n")
    );
}

/// Public types that share a name for a reason.
const SHARED_NAMES: [(&str, &str); 2] = [
    ("Policies", "built with the feature `policies` or without it"),
    ("Workers", "built with the feature `policies` or without it"),
];

#[test]
fn no_two_public_types_have_one_name() {
    let house = House::read();
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (module, text) in &house.texts {
        for line in text.lines().filter_map(|line| line.trim_start().strip_prefix("pub ")) {
            let kinds = ["struct ", "enum ", "trait ", "type "];
            let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else { continue };
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            places.entry(name).or_default().insert(module.join("::"));
        }
    }
    assert!(places.len() > 200, "only {} public types are found", places.len());
    let needless: Vec<_> = SHARED_NAMES
        .iter()
        .filter(|(name, _)| places.get(name).is_none_or(|places| places.len() < 2))
        .collect();
    assert!(needless.is_empty(), "no two types share these names any more: {needless:?}");
    let is_known = |name: &str| SHARED_NAMES.iter().any(|(shared, _)| *shared == name);
    let twice: Vec<_> = places.iter().filter(|(name, places)| places.len() > 1 && !is_known(name)).collect();
    assert!(twice.is_empty(), "one name, one thing: rename all but one of each of these types: {twice:?}");
}

#[test]
fn no_circle_of_files_is_large() {
    let mut large = House::read().large_circles();
    let mut imports = 0;
    let crates = std::fs::read_dir(generated::root().join("crates")).expect("crates");
    for directory in crates.flatten().map(|entry| entry.path()) {
        let house = House::of(&directory.join("src"));
        imports += house.count_imports();
        let name = directory.file_name().expect("a name").to_string_lossy().into_owned();
        large.extend(house.large_circles().iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(imports >= FEWEST_OF_CRATES, "only {imports} imports are found in crates");
    assert!(large.is_empty(), "these files import each other in a circle:\n{}", large.join("\n"));
}

impl House {
    /// The circles of more than `MOST` files.
    fn large_circles(&self) -> Vec<String> {
        let house = self;
        let imports: BTreeMap<&Module, BTreeSet<Module>> =
            house.texts.keys().map(|module| (module, house.imports(module))).collect();
        let reached: BTreeMap<&Module, BTreeSet<&Module>> =
            imports.keys().map(|module| (*module, reach(module, &imports))).collect();
        let circle_of = |module: &Module| -> BTreeSet<&Module> {
            reached[module].iter().copied().filter(|other| reached[other].contains(module)).collect()
        };
        let circles: BTreeSet<BTreeSet<&Module>> = imports.keys().map(|module| circle_of(module)).collect();
        let shown = |circle: &BTreeSet<&Module>| {
            let names: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            format!("{} files: {}", names.len(), names.join(", "))
        };
        circles.iter().filter(|circle| circle.len() > MOST).map(shown).collect()
    }

    fn count_imports(&self) -> usize {
        self.texts.keys().map(|module| self.imports(module).len()).sum()
    }
}

/// The rooms in the order of the picture in `src/lib.rs`: the block below "# Rooms", the words behind each `: `.
fn drawn() -> Vec<Module> {
    let text = read(&generated::root().join("src/lib.rs"));
    let block = text
        .split("//! # Rooms")
        .nth(1)
        .and_then(|rest| rest.split("//! ```").nth(1))
        .expect("a picture of rooms");
    let lines = block.lines().filter_map(|line| line.split_once(": ")).map(|(_, rooms)| rooms);
    let rooms = lines.flat_map(str::split_whitespace);
    rooms.map(|room| room.split("::").map(str::to_owned).collect()).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The modules that `from` leads to.
fn reach<'m>(from: &Module, imports: &'m BTreeMap<&'m Module, BTreeSet<Module>>) -> BTreeSet<&'m Module> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&Module> = imports[from].iter().collect();
    while let Some(module) = waiting.pop() {
        if reached.insert(module) {
            waiting.extend(imports[module].iter());
        }
    }
    reached
}

impl House {
    /// The modules of the package.
    fn read() -> Self {
        let house = Self::of(&generated::root().join("src"));
        let imports = house.count_imports();
        assert!(imports >= FEWEST, "only {imports} imports are found");
        house
    }

    /// The modules below a directory with a `lib.rs`.
    fn of(src: &Path) -> Self {
        let mut texts = BTreeMap::new();
        let mut waiting = vec![src.to_owned()];
        while let Some(directory) = waiting.pop() {
            for entry in std::fs::read_dir(&directory).expect("a directory").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    waiting.push(path);
                    continue;
                }
                let relative = path.strip_prefix(src).expect("a path in src").with_extension("");
                let mut module: Module =
                    relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
                if module.last().is_some_and(|last| last == "mod") {
                    module.pop();
                }
                let is_apart =
                    ["lib", "main", "tests"].map(str::to_owned).contains(module.last().expect("a name"));
                if path.extension().is_some_and(|ending| ending == "rs") && !is_apart {
                    texts.insert(module, code(&read(&path)));
                }
            }
        }
        let mut house = Self { texts, handed_on: BTreeMap::new() };
        let mut handed_on = BTreeMap::new();
        // The first file of a crate hands on names, and is no part of a circle: every file may name them by its root.
        let first = (Module::new(), code(&read(&src.join("lib.rs"))));
        for (module, text) in house.texts.iter().chain([(&first.0, &first.1)]) {
            for (path, name) in used(text) {
                let mut own = module.clone();
                own.push(name);
                if !house.texts.contains_key(&own) {
                    handed_on.insert(own, house.absolute(module, &path));
                }
            }
        }
        house.handed_on = handed_on.into_iter().filter_map(|(own, path)| Some((own, path?))).collect();
        house
    }

    /// The modules that a module imports or names, itself not among them.
    fn imports(&self, module: &Module) -> BTreeSet<Module> {
        let text = &self.texts[module];
        let mut paths: Vec<Vec<String>> = used(text).into_iter().map(|(path, _)| path).collect();
        paths.extend(named(text));
        let absolute = paths.iter().filter_map(|path| self.absolute(module, path));
        absolute.filter_map(|path| self.home(path)).filter(|other| other != module).collect()
    }

    /// A path from the root of the package; `None` where it leads to another one.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let mut base = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => module[..module.len() - 1].to_vec(),
            child => {
                let mut own = module.clone();
                own.push(child.to_owned());
                self.texts.contains_key(&own).then_some(own)?
            }
        };
        let mut rest = &path[1..];
        while let Some((first, behind)) = rest.split_first().filter(|(first, _)| *first == "super") {
            debug_assert_eq!(first, "super");
            base.pop();
            rest = behind;
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The module in which what a path names is written.
    fn home(&self, mut path: Vec<String>) -> Option<Module> {
        for _ in 0..4 {
            let from = (1..=path.len()).rev().find_map(|end| {
                let from = self.handed_on.get(&path[..end])?;
                Some(from.iter().chain(&path[end..]).cloned().collect::<Vec<_>>())
            });
            match from {
                Some(from) if from != path => path = from,
                _ => break,
            }
        }
        (1..=path.len()).rev().map(|end| path[..end].to_vec()).find(|module| self.texts.contains_key(module))
    }
}

/// The text of a file without comments, strings, who may see an item, and the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut code = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("pub(in ") {
            rest = rest.find(')').map_or("", |end| &rest[end + 1..]);
        } else if rest.starts_with("'\"'") {
            rest = &rest[3..];
        } else if next == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c: char| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            rest = end.map_or("", |end| &rest[end + 2..]);
        } else {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    code
}

/// What `use` names: the path, and the name that it gets.
fn used(code: &str) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        if !(line.is_empty() || line.starts_with("pub")) {
            continue;
        }
        let tree = code[at + 4..].split(';').next().unwrap_or_default();
        found.extend(leaves(&[], tree));
    }
    found
}

/// The leaves of `a::{b, c::d as e}`.
fn leaves(above: &[String], tree: &str) -> Vec<(Vec<String>, String)> {
    let tree = tree.trim();
    let path = |text: &str| -> Vec<String> {
        let parts = text.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "*");
        above.iter().cloned().chain(parts.map(str::to_owned)).collect()
    };
    if let Some((head, inside)) = tree.split_once('{') {
        let above = path(head);
        let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
        let mut depth = 0;
        let parts = inside.split(|c: char| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        });
        return parts.filter(|part| !part.trim().is_empty()).flat_map(|part| leaves(&above, part)).collect();
    }
    let (written, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias)));
    let mut path = path(written);
    if path.len() > 1 {
        path.pop_if(|last| last == "self");
    }
    let name =
        alias.map_or_else(|| path.last().cloned().unwrap_or_default(), |alias| alias.trim().to_owned());
    vec![(path, name)]
}

/// The paths in expressions and types that say from where they start.
fn named(code: &str) -> Vec<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in code.match_indices("::") {
        let before = code[..at].rsplit(|c| !is_word(c)).next().unwrap_or_default();
        let start = at - before.len();
        if before.is_empty() || code[..start].ends_with("::") {
            continue;
        }
        let end = code[start..].find(|c| !is_word(c) && c != ':').map_or(code.len(), |end| start + end);
        // What stands in braces behind it is read as a part of its `use`.
        if code[start..end].ends_with("::") {
            continue;
        }
        found.push(code[start..end].split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect());
    }
    found
}
