//! An object in a document, and how it gets to a cluster.

use crate::read::crd::{self, MirrorKind, Recognised};
use crate::source::{FileId, Span};
use crate::yaml::{Document, Node};
use std::sync::Arc;

/// How a manifest gets to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// As it stands.
    Applied,
    /// Other documents of its file are filled in by a template, or the file is one of a chart's, so it may be one of
    /// several alternatives.
    Template,
    /// Read by a pipeline and never applied: the mirror set beside a Konflux pipeline (`.tekton/`, `.konflux/`).
    CiOnly,
    /// An example or test data, as its path says.
    Sample,
    /// What a cluster held, as `oc adm must-gather` or `oc adm inspect` wrote it.
    Dump,
}

impl Form {
    /// One word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Form::Applied => "applied",
            Form::Template => "template",
            Form::CiOnly => "ci-only",
            Form::Sample => "sample",
            Form::Dump => "dump",
        }
    }

    /// What the path of a file says of it.
    pub fn of_path(name: &str) -> Self {
        let mut directories = name.split('/');
        let file = directories.next_back().unwrap_or_default();
        for directory in directories {
            if matches!(directory, ".tekton" | ".konflux") {
                return Form::CiOnly;
            }
            if is_of_dump(directory) {
                return Form::Dump;
            }
            // The twins that `oc adm cluster-compare` holds a cluster against.
            if SAMPLES.contains(&directory) || directory.contains("kube-compare") {
                return Form::Sample;
            }
        }
        // Behind a host such as `registry.example.com` there is another word.
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let mut words = stem.split(['.', '-', '_']).filter(|word| !word.is_empty());
        let ends = [words.next(), words.next_back()];
        let is_sample = ends.into_iter().flatten().any(|word| matches!(word, "example" | "sample"));
        if is_sample { Form::Sample } else { Form::Applied }
    }
}

/// The directories that hold examples and test data.
pub const SAMPLES: [&str; 8] =
    ["example", "examples", "sample", "samples", "testdata", "test-data", "test_data", "fixtures"];

/// Whether a directory is one that `oc adm must-gather` or `oc adm inspect` makes.
fn is_of_dump(directory: &str) -> bool {
    directory == "cluster-scoped-resources"
        || ["must-gather.local", "inspect.local"].iter().any(|start| directory.starts_with(start))
}

/// An object in a document: usually the document itself, or an item of a list in it.
#[derive(Clone, Debug)]
pub struct Manifest {
    document: Arc<Document>,
    root: u32,
    /// How it gets to a cluster.
    pub form: Form,
    /// `apiVersion` and `kind` of a list's items that leave them out (`ImageList`).
    pub implied: Option<crd::Kind>,
    /// The document in its file, of which a build changed the metadata alone.
    written: Option<Arc<Document>>,
}

impl Manifest {
    /// The object at `root`, a node of `document`.
    pub fn new(document: Arc<Document>, root: u32, form: Form) -> Self {
        Self { document, root, form, implied: None, written: None }
    }

    /// The objects that a build has made, as they get to a cluster.
    pub fn of_build(objects: &[Arc<Document>]) -> Vec<Self> {
        objects.iter().map(|object| Self::new(object.clone(), 0, Form::Applied)).collect()
    }

    /// The object itself.
    pub fn root(&self) -> Node<'_> {
        self.document.at(self.root)
    }

    /// The document that holds it.
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// The same, of which a build changed the metadata alone; `document` is what stands in its file.
    #[must_use]
    pub fn written_in(self, document: Arc<Document>) -> Self {
        Self { written: Some(document), ..self }
    }

    /// The document in which it can be edited: its own, or what a build made it of.
    pub fn editable(&self) -> &Arc<Document> {
        self.written.as_ref().unwrap_or(&self.document)
    }

    /// The part of its text that stands there for a build to change: none, all of it, or the metadata.
    pub fn changed(&self) -> Option<Span> {
        let root = self.root();
        match (&self.written, self.document.is_changed()) {
            (_, false) => None,
            (None, true) => Some(root.span()),
            (Some(_), true) => root.get("metadata").map(Node::span),
        }
    }

    /// The file that holds it.
    pub fn file(&self) -> FileId {
        self.document.file()
    }

    /// The template that it was rendered from, where its head says so as Helm's output does: `# Source: a/b.yaml`.
    pub fn rendered_from(&self) -> Option<&str> {
        let document = &self.document;
        let span = document.span();
        let head = document.source().get(span.start as usize..document.root().span().start as usize)?;
        head.lines()
            .find_map(|line| line.strip_prefix("# Source: "))
            .map(str::trim)
            .filter(|from| !from.is_empty())
    }

    /// What it is to us.
    pub fn recognise(&self) -> Recognised {
        // A pipeline reads the entries, whatever the object calls itself.
        if self.form == Form::CiOnly && has_digest_mirrors(self.root()) {
            return Recognised::Ours(crd::Kind::Mirrors(MirrorKind::Digest));
        }
        self.implied.map_or_else(|| crd::recognise(self.root()), Recognised::Ours)
    }

    /// `metadata.name` as text; empty when there is none.
    pub fn name(&self) -> &str {
        self.metadata("name")
    }

    /// `metadata.namespace` as text; empty when there is none.
    pub fn namespace(&self) -> &str {
        self.metadata("namespace")
    }

    fn metadata(&self, key: &str) -> &str {
        let metadata = self.root().get("metadata");
        metadata.and_then(|metadata| metadata.get(key)).filter(|node| !node.is_null()).map_or("", Node::text)
    }
}

/// Whether there are entries where a pipeline reads them.
pub(super) fn has_digest_mirrors(root: Node<'_>) -> bool {
    root.get("spec").is_some_and(|spec| spec.entry(MirrorKind::Digest.list_key()).is_some())
}
