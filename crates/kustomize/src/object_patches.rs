//! Applies patches to objects that no kustomization lists. The policy generator of ACM does this with the manifests of a
//! policy (policy-generator-plugin, `internal/patches.go`): it writes a temporary kustomization for them.

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::files::Tree;
use crate::loader::Build;
use crate::patches;
use crate::resource::{Id, Resource};
use crate::set::Set;
use crate::text::Text;
use crate::value::{Dialect, Value};
use spanned_yaml::Span;
use spanned_yaml::{Document, Node};
use std::sync::Arc;

/// Applies strategic merge `patches` to `objects`. Each result has the number of its object; an object that a patch deletes
/// is missing.
///
/// Each patch names its object. If there is a single object, the name is optional.
pub fn apply_patches(objects: &[Node<'_>], patches: &[Node<'_>]) -> Result<Vec<(usize, Arc<Document>)>> {
    let mut set = Set::default();
    for object in objects {
        let value = read(*object)?;
        if !is_named(&value) {
            return Err(Error::at(value.span, "this object has no `kind` or no `metadata.name`"));
        }
        let at = value.span;
        set.append(vec![Resource::new(value, object.document().source().clone())], at)?;
    }
    let only = (objects.len() == 1).then(|| set.resources[0].value.clone());
    let (files, cache) = (Tree::default(), Cache::default());
    let build = Build::new(&files, &cache);
    for patch in patches {
        let mut patch = read(*patch)?;
        if let Some(only) = &only {
            name_like(&mut patch, only);
        }
        if !is_named(&patch) {
            let message = "this patch needs `kind` and `metadata.name`, since there are several objects";
            return Err(Error::at(patch.span, message));
        }
        patches::apply_by_id(&build, &mut set, &patch, false, false)?;
    }
    let left = set.resources.iter().enumerate().filter(|(_, resource)| !resource.value.is_empty());
    Ok(left.map(|(number, resource)| (number, resource.document())).collect())
}

fn is_named(value: &Value) -> bool {
    !value.text_of("kind").is_empty() && !Id::of(value).name.is_empty()
}

pub(crate) fn read(node: Node<'_>) -> Result<Value> {
    let document = node.document();
    let value =
        Value::read(node, &Text::file(document.file(), document.source().clone()), Dialect::Resource)?;
    if value.is_map() { Ok(value) } else { Err(Error::at(value.span, "this is not an object")) }
}

/// Adds the identity of the object to a patch that has none.
fn name_like(patch: &mut Value, object: &Value) {
    let at: Span = patch.span;
    for key in ["apiVersion", "kind"] {
        adopt(patch, object, key);
    }
    if let (Some(metadata), Some(object)) = (patch.get_or_insert("metadata", at), object.get("metadata")) {
        for key in ["name", "namespace"] {
            adopt(metadata, object, key);
        }
    }
}

fn adopt(patch: &mut Value, object: &Value, key: &str) {
    if patch.text_of(key).is_empty()
        && let Some(member) = object.member(key)
    {
        patch.put(key, member.key_span, member.value.clone());
    }
}
