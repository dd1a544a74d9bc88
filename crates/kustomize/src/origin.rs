//! `buildMetadata`: annotations with the origin of an object and its changes.

use crate::resource::Resource;
use crate::value::Value;
use spanned_yaml::Span;
use std::fmt::Write;
use std::sync::Arc;

/// The history of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// The file of the object.
    pub(crate) path: Option<Arc<str>>,
    /// The kustomization and the generator from which it comes.
    pub(crate) made_by: Option<(String, &'static str)>,
    /// The kustomizations and steps that changed it.
    pub(crate) steps: Vec<(String, &'static str)>,
}

/// Writes the annotations and labels that `root` asks for.
pub(crate) fn annotate(resources: &mut [Resource], wanted: &[Value], root: &str) {
    for wish in wanted {
        let span = wish.span;
        for resource in resources.iter_mut() {
            let (kind, key, text) = match wish.text() {
                "originAnnotations" => {
                    ("annotations", "config.kubernetes.io/origin", resource.history.origin(root))
                }
                "transformerAnnotations" => (
                    "annotations",
                    "alpha.config.kubernetes.io/transformations",
                    resource.history.changes(root),
                ),
                "managedByLabel" => {
                    ("labels", "app.kubernetes.io/managed-by", Some("kustomize-(devel)".to_owned()))
                }
                _ => continue,
            };
            if let Some(text) = text {
                put(resource, kind, key, text, span);
            }
        }
    }
}

fn put(resource: &mut Resource, kind: &str, key: &str, text: String, span: Span) {
    let metadata = resource.value.get_or_insert("metadata", span);
    if let Some(map) = metadata.and_then(|metadata| metadata.get_or_insert(kind, span)) {
        map.set(key, span, Value::string(text, span));
    }
}

impl History {
    fn origin(&self, root: &str) -> Option<String> {
        if let Some((file, generator)) = &self.made_by {
            let file = relative(root, file);
            let by = format!("configuredBy:\n  apiVersion: builtin\n  kind: {generator}\n");
            return Some(format!("configuredIn: {file}\n{by}"));
        }
        self.path.as_ref().map(|path| format!("path: {}\n", relative(root, path)))
    }

    fn changes(&self, root: &str) -> Option<String> {
        let mut text = String::new();
        for (file, step) in &self.steps {
            let file = relative(root, file);
            let _ = write!(
                text,
                "- configuredIn: {file}\n  configuredBy:\n    apiVersion: builtin\n    kind: {step}\n"
            );
        }
        (!text.is_empty()).then_some(text)
    }
}

/// The relative path from a directory to a path.
fn relative(from: &str, to: &str) -> String {
    let parts =
        |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (from, to) = (parts(from), parts(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    up.chain(to[common..].iter().cloned()).collect::<Vec<_>>().join("/")
}
