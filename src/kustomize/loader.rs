//! What a build reads and how much it may.

use super::files::{self, Files, Found};
use super::target::Place;
use super::text::Text;
use super::value::Value;
use super::{Cause, Error, Result};
use crate::source::{FileId, Span};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// How many files a build may read; a file that is read twice counts twice.
const MAX_READS: usize = 20_000;
/// How many objects all steps of a build may go over.
const MAX_WORK: usize = 2_000_000;

/// A build of one root.
pub(super) struct Build<'f> {
    pub(super) files: &'f dyn Files,
    pub(super) reads: Cell<usize>,
    pub(super) work: Cell<usize>,
    /// Whether the history of objects will be asked for.
    pub(super) remembers: Cell<bool>,
    pub(super) sources: RefCell<HashMap<FileId, Arc<str>>>,
    pub(super) schema: RefCell<Option<Arc<serde_json::Value>>>,
    pub(super) root: RefCell<String>,
}

impl<'f> Build<'f> {
    pub(super) fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            reads: Cell::new(0),
            work: Cell::new(0),
            remembers: Cell::new(false),
            sources: RefCell::default(),
            schema: RefCell::default(),
            root: RefCell::default(),
        }
    }

    /// The `openapi:` file, if a kustomization has named one.
    pub(super) fn schema(&self) -> Option<Arc<serde_json::Value>> {
        self.schema.borrow().clone()
    }

    /// The text of the file that holds `span`.
    pub(super) fn source(&self, span: Span) -> Arc<str> {
        self.sources.borrow().get(&span.file).cloned().unwrap_or_else(|| "".into())
    }

    /// The text that stands as a string in a file.
    pub(super) fn inline(&self, value: &Value) -> Text {
        Text::inline(value, &self.source(value.span))
    }

    /// The file at a path, which must lie in the directory of the kustomization.
    pub(super) fn load(&self, place: &Place, path: &Value) -> Result<Text> {
        let shown = path.text();
        let refused = |cause: Cause, message: String| Error { cause, ..Error::at(path.span, message) };
        match self.find(place, path)? {
            Found::File { path: real, id, text } => {
                if !files::is_below(&real, &place.directory) {
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

    pub(super) fn text(&self, id: FileId, text: Arc<str>) -> Text {
        self.sources.borrow_mut().insert(id, text.clone());
        Text::file(id, text)
    }

    pub(super) fn find(&self, place: &Place, path: &Value) -> Result<Found> {
        self.reads.set(self.reads.get() + 1);
        if self.reads.get() > MAX_READS {
            return Err(Error::unsupported(path.span, "this build reads more files than we do"));
        }
        if path.text().is_empty() {
            return Err(Error::at(path.span, "this path is empty"));
        }
        let joined = files::join(&place.directory, path.text());
        Ok(joined.map_or(Found::Outside, |joined| self.files.find(&joined)))
    }

    /// Counts work, so that no repository can make a build endless.
    pub(super) fn spend(&self, objects: usize, at: Span) -> Result<()> {
        self.work.set(self.work.get().saturating_add(objects));
        if self.work.get() > MAX_WORK {
            return Err(Error::unsupported(at, "this build is larger than we do"));
        }
        Ok(())
    }
}

/// Whether a path that is not there is meant to be somewhere else.
pub(super) fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.contains("?ref=")
        || path.starts_with("git@")
        || path.starts_with("git::")
        || path.split('/').next().is_some_and(|host| host.contains('.') && !host.starts_with('.'))
            && path.contains('/')
}
