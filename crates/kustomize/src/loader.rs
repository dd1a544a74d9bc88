//! Reads the texts of a build, within its limits.

use crate::cache::Cache;
use crate::error::{Cause, Error, Result};
use crate::files::{self, Files, Found};
use crate::objects;
use crate::place::Place;
use crate::reader::MAX_DEPTH;
use crate::resource::Resource;
use crate::set::Set;
use crate::text::Text;
use crate::value::{Dialect, Value};
use spanned_yaml::{FileId, Span};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The limit of paths that a build reads; a path that is read twice counts twice.
const MAX_READS: usize = 20_000;
/// The limit of objects that all steps of a build process.
const MAX_WORK: usize = 2_000_000;
/// The number of copied bytes that count as one object.
const BYTES: usize = 64;
/// The number of copied values that count as one object.
const VALUES: usize = 2;
/// The longest text that is copied, in bytes; a cluster stores no object of this size.
pub(crate) const MAX_TEXT: usize = 4 << 20;

/// The number of values that count as one object if they are only copied.
const COPIED: usize = 16;

/// A build of one root, or of a directory that it includes.
pub(crate) struct Build<'f> {
    pub(crate) files: &'f dyn Files,
    pub(crate) cache: &'f Cache,
    pub(crate) spent: Cell<Spent>,
    /// Whether the build has exceeded its limit.
    pub(crate) is_exhausted: Cell<bool>,
    /// Whether the history of objects is wanted.
    pub(crate) remembers: Cell<bool>,
    pub(crate) schema: RefCell<Option<Schema>>,
    pub(crate) trace: RefCell<Trace>,
}

/// The cost of a build so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) reads: usize,
    pub(crate) work: usize,
}

/// The `openapi:` file that the build uses.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) file: FileId,
    pub(crate) json: Arc<serde_json::Value>,
}

/// The files and directories that a build has visited.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(crate) files: BTreeSet<FileId>,
    /// The directories that were entered.
    pub(crate) directories: BTreeSet<String>,
    /// The targets of patches that selected an object.
    pub(crate) matched: BTreeSet<Span>,
    /// How many directories, from the root down, include each other.
    pub(crate) depth: usize,
    /// Whether the result depends on the path to this directory.
    pub(crate) is_relative: bool,
}

impl<'f> Build<'f> {
    pub(crate) fn new(files: &'f dyn Files, cache: &'f Cache) -> Self {
        Self {
            files,
            cache,
            spent: Cell::default(),
            is_exhausted: Cell::default(),
            remembers: Cell::default(),
            schema: RefCell::default(),
            trace: RefCell::default(),
        }
    }

    /// The build of a directory that this one includes.
    pub(crate) fn child(&self) -> Self {
        Self {
            spent: self.spent.clone(),
            remembers: self.remembers.clone(),
            schema: self.schema.clone(),
            ..Self::new(self.files, self.cache)
        }
    }

    /// The `openapi:` file, if a kustomization has named one.
    pub(crate) fn schema(&self) -> Option<Arc<serde_json::Value>> {
        self.schema.borrow().as_ref().map(|schema| schema.json.clone())
    }

    /// The text of the file that holds `span`.
    pub(crate) fn source(&self, span: Span) -> Arc<str> {
        self.cache.sources.get_or(span.file, || {
            // An addition to a kustomization stands in a file that no build has read.
            match self.files.name(span.file).map(|name| self.files.find(&name)) {
                Some(Found::File { text, .. }) => text,
                _ => "".into(),
            }
        })
    }

    /// The text in a string of a file.
    pub(crate) fn inline(&self, value: &Value) -> Text {
        Text::inline(value, &self.source(value.span))
    }

    /// The objects of a text.
    pub(crate) fn objects(&self, text: &Text) -> Result<Arc<Vec<Resource>>> {
        let values = |objects: &Vec<Resource>| objects.iter().map(|object| object.value.values()).sum();
        let objects = if self.cache.keeps_file(self.files.name(text.whole().file).as_deref()) {
            Cache::parsed(&self.cache.objects, text, || objects::read(text), values)?
        } else {
            objects::read(text).map(Arc::new)?
        };
        self.spend_values(text.beyond(values(&objects)), text.whole())?;
        Ok(objects)
    }

    /// Whether other builds will ask for a text that a kustomization holds or names. A text for one build alone is not
    /// kept: a kustomization may have very many patches.
    pub(crate) fn is_asked_again(&self, place: &Place, text: &Text) -> bool {
        let is_named = || self.cache.keeps_file(self.files.name(text.whole().file).as_deref());
        self.cache.keeps_directory(&place.directory) || (!text.is_inline() && is_named())
    }

    /// The first document of a text, converted to JSON.
    pub(crate) fn document(&self, text: &Text) -> Result<Option<Arc<Value>>> {
        let read = || Ok(text.first_document(Dialect::Json)?.map(Arc::new));
        self.cache.documents.get_or(text.key(), read)
    }

    /// The file at a path, which must lie in the directory of the kustomization.
    pub(crate) fn load(&self, place: &Place, path: &Value) -> Result<Text> {
        let shown = path.text();
        let refused = |cause: Cause, message: String| Error { cause, ..Error::at(path.span, message) };
        match self.find(place, path)? {
            Found::File { path: real, id, text } => {
                if !self.cache.is_open && !files::is_below(&real, &place.directory) {
                    let message =
                        format!("`{shown}` is outside of this directory; kustomize reads no such file");
                    return Err(refused(Cause::Refused, message));
                }
                Ok(self.text(id, text))
            }
            Found::Directory { .. } => {
                Err(refused(Cause::Refused, format!("`{shown}` is a directory, not a file")))
            }
            Found::Missing if is_remote(shown) => {
                Err(refused(Cause::Remote, format!("`{shown}` is remote; it is never fetched")))
            }
            Found::Missing => Err(refused(Cause::Refused, format!("there is no file `{shown}`"))),
            Found::Outside => Err(refused(
                Cause::Outside,
                format!("`{shown}` is outside of the repository and is not read"),
            )),
            Found::Unreadable(why) => Err(refused(Cause::Unsupported, format!("`{shown}` {why}"))),
        }
    }

    /// A file that was read.
    pub(crate) fn text(&self, id: FileId, text: Arc<str>) -> Text {
        self.trace.borrow_mut().files.insert(id);
        Text::file(id, self.cache.sources.get_or(id, || text)).parsed(self.files.documents(id))
    }

    pub(crate) fn find(&self, place: &Place, path: &Value) -> Result<Found> {
        self.charge(Spent { reads: 1, work: 0 }, path.span)?;
        if path.text().is_empty() {
            return Err(Error::at(path.span, "this path is empty"));
        }
        let joined = files::join(&place.directory, path.text());
        Ok(joined.map_or(Found::Outside, |joined| self.files.find(&joined)))
    }

    /// Counts work, so that each build ends.
    pub(crate) fn spend(&self, objects: usize, at: Span) -> Result<()> {
        self.charge(Spent { reads: 0, work: objects }, at)
    }

    /// Counts bytes that are copied.
    pub(crate) fn spend_text(&self, text: &str, at: Span) -> Result<()> {
        if text.len() > MAX_TEXT {
            return Err(self.exhaust(at, "this makes a text that exceeds pullwarden's limit"));
        }
        self.spend(text.len() / BYTES, at)
    }

    /// Counts a value that is put into an object at this depth.
    pub(crate) fn spend_value(&self, value: &Value, depth: usize, at: Span) -> Result<()> {
        let (size, nested) = value.extent();
        if depth + nested > MAX_DEPTH {
            return Err(self.exhaust(at, "this makes an object that nests too deep"));
        }
        self.spend(size, at)
    }

    /// Counts values that a build makes and that no text contains.
    pub(crate) fn spend_values(&self, values: usize, at: Span) -> Result<()> {
        self.spend(values / VALUES, at)
    }

    /// Ends the build: an object that is only half changed cannot be skipped.
    fn exhaust(&self, at: Span, message: &str) -> Error {
        self.is_exhausted.set(true);
        Error::unsupported(at, message)
    }

    pub(crate) fn charge(&self, cost: Spent, at: Span) -> Result<()> {
        let spent = self.spent.get();
        let spent = Spent {
            reads: spent.reads.saturating_add(cost.reads),
            work: spent.work.saturating_add(cost.work),
        };
        self.spent.set(spent);
        if spent.reads > MAX_READS || spent.work > MAX_WORK {
            self.is_exhausted.set(true);
        }
        if self.is_exhausted.get() {
            Err(Error::unsupported(at, "this build exceeds pullwarden's limit"))
        } else {
            Ok(())
        }
    }

    /// Changes an object. If a part of the build is missing, a change that needs this part is undone. `by_parts` says
    /// whether the change may be half done when it fails.
    pub(crate) fn attempt(
        &self,
        resource: &mut Resource,
        is_partial: bool,
        by_parts: bool,
        change: impl Fn(&mut Resource) -> Result<()>,
    ) -> Result<()> {
        let before = (is_partial && by_parts).then(|| resource.clone());
        if before.is_some() {
            self.spend(resource.value.extent().0 / COPIED, resource.value.span)?;
        }
        match (change(resource), before) {
            (Err(error), before) if error.is_missing && is_partial => {
                if let Some(before) = before {
                    *resource = before;
                }
                Ok(())
            }
            (result, _) => result,
        }
    }

    /// The result of a step; `None` if the build goes on without it. The step may be impossible here, or it may need
    /// an object that a skipped part contains.
    pub(crate) fn go_on<T>(&self, set: &mut Set, made: Result<T>) -> Result<Option<T>> {
        match made {
            Ok(made) => Ok(Some(made)),
            Err(error) if self.is_exhausted.get() => Err(error),
            Err(error) if error.cause != Cause::Refused => {
                set.left_out.push(error);
                set.is_partial = true;
                Ok(None)
            }
            Err(error) if error.is_missing && set.is_partial => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a missing path means a remote place.
pub(crate) fn is_remote(path: &str) -> bool {
    if path.contains(char::is_whitespace) {
        return false;
    }
    path.contains("://")
        || path.contains("?ref=")
        || path.starts_with("git@")
        || path.starts_with("git::")
        || path.split('/').next().is_some_and(|host| host.contains('.') && !host.starts_with('.'))
            && path.contains('/')
}
