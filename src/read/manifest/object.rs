//! An object in a document, and its form.

use crate::read::crd::{self, MirrorKind, Recognised};
use crate::read::template::Masked;
use crate::source::{FileId, Span};
use crate::yaml::edit::{Editor, MadeOf, Texts};
use crate::yaml::{self, Document, Node};
use std::sync::Arc;

/// The form of a manifest: whether and how it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// It is applied as it is.
    Applied,
    /// Its file has template syntax, or belongs to a chart, so it may be one of several alternatives.
    Template,
    /// A pipeline reads it, and nothing applies it to a cluster: the mirror set of a Konflux pipeline (`.tekton/`,
    /// `.konflux/`).
    CiOnly,
    /// An example or test data, by its path.
    Sample,
    /// A dump of a cluster by `oc adm must-gather` or `oc adm inspect`.
    Dump,
}

impl Form {
    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Form::Applied => "applied",
            Form::Template => "template",
            Form::CiOnly => "ci-only",
            Form::Sample => "sample",
            Form::Dump => "dump",
        }
    }

    /// The form of a file, by its path.
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
            // The reference that `oc adm cluster-compare` compares a cluster with.
            if SAMPLES.contains(&directory) || directory.contains("kube-compare") {
                return Form::Sample;
            }
        }
        // A name may end in a host such as `registry.example.com`, so `example` counts only as the first or the last
        // word.
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
    /// The document in its file, if a build changed only the metadata.
    written: Option<Arc<Document>>,
    /// The readings of the template that contain this object, if the template is not rendered.
    masked: Option<Masked>,
    /// The texts of the chart that rendered this object.
    made_of: Option<Arc<MadeOf>>,
}

impl Manifest {
    /// The object at `root`, a node of `document`.
    pub fn new(document: Arc<Document>, root: u32, form: Form) -> Self {
        Self { document, root, form, implied: None, written: None, masked: None, made_of: None }
    }

    /// The same object, contained only in some readings of a template.
    #[must_use]
    pub fn masked_as(self, masked: Masked) -> Self {
        Self { masked: Some(masked), ..self }
    }

    /// An object that is made from this one, and gets to clusters in the same way.
    #[must_use]
    pub fn with(&self, document: Arc<Document>, root: u32) -> Self {
        let texts = self.made_of.as_ref().map(|made_of| Arc::new(made_of.of_same_texts()));
        Self { masked: self.masked.clone(), made_of: texts, ..Self::new(document, root, self.form) }
    }

    /// The readings of the template that contain this object, if the template is not rendered.
    pub fn masked(&self) -> Option<&Masked> {
        self.masked.as_ref()
    }

    /// The objects of a build, as a cluster gets them.
    pub fn of_build(objects: Vec<Arc<Document>>) -> Vec<Self> {
        objects.into_iter().map(|object| Self::new(object, 0, Form::Applied)).collect()
    }

    /// Whether both are the same object of the same document, in the same form. Objects of templates never are.
    pub fn is_same(&self, other: &Self) -> bool {
        // Every field is named here, so that a new one is not forgotten.
        let Self { document, root, form, implied, written, masked, made_of } = self;
        let is_written = match (written, &other.written) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        Arc::ptr_eq(document, &other.document)
            && (*root, *form, *implied) == (other.root, other.form, other.implied)
            && is_written
            && [masked, &other.masked].into_iter().all(Option::is_none)
            && [made_of, &other.made_of].into_iter().all(Option::is_none)
    }

    /// Whether other builds may give the same object. Each rendering of a chart or a template makes objects of its own.
    pub fn is_shared(&self) -> bool {
        self.made_of.is_none() && self.masked.is_none() && Arc::strong_count(&self.document) > 1
    }

    /// The same object, which a chart rendered from these texts.
    #[must_use]
    pub fn of_chart(self, texts: &Arc<Texts>) -> Self {
        Self { made_of: Some(Arc::new(MadeOf::new(Arc::clone(texts)))), ..self }
    }

    /// Whether the value at a place is what a chart prints there: it stands in another file, or a template prints it.
    pub fn is_printed(&self, span: Span) -> bool {
        let text = || self.document.source().get(span.range());
        self.made_of.is_some() && (span.file != self.file() || text().is_some_and(|text| text.contains("{{")))
    }

    /// Whether a file is one of those from which a chart rendered this object.
    pub fn is_made_of(&self, file: FileId) -> bool {
        self.made_of.as_ref().is_some_and(|made_of| made_of.texts().hold(file))
    }

    /// An editor of its text.
    pub fn edit(&self) -> Editor<'_> {
        Editor::new(self.editable()).made_of(self.made_of.as_deref())
    }

    /// The object itself.
    pub fn root(&self) -> Node<'_> {
        self.document.at(self.root)
    }

    /// The document that holds it.
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// The same object, of which a build changed only the metadata; `document` is the document in its file.
    #[must_use]
    pub fn written_in(self, document: Arc<Document>) -> Self {
        Self { written: Some(document), ..self }
    }

    /// The document to edit: its own, or the one that a build read.
    pub fn editable(&self) -> &Arc<Document> {
        self.written.as_ref().unwrap_or(&self.document)
    }

    /// The part of its text that a build changes: nothing, all of it, or the metadata.
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

    /// The template that rendered it, if a comment at its start says so as in the output of Helm: `# Source: a/b.yaml`.
    pub fn rendered_from(&self) -> Option<&str> {
        let document = &self.document;
        let span = document.span();
        let head = document.source().get(span.start as usize..document.root().span().start as usize)?;
        yaml::lines(head)
            .find_map(|line| line.strip_prefix("# Source: "))
            .map(str::trim)
            .filter(|from| !from.is_empty())
    }

    /// The kind of the object, even if it is misspelt.
    pub fn recognise(&self) -> Recognised {
        // A pipeline reads the entries and ignores the kind.
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

/// Whether the object has entries that a pipeline reads.
pub(super) fn has_digest_mirrors(root: Node<'_>) -> bool {
    root.get("spec").is_some_and(|spec| spec.entry(MirrorKind::Digest.list_key()).is_some())
}
