//! `kind: List` and lists of one kind (`ImageList`), as `oc` reads them. Lists may contain lists.

use crate::read::crd::Kind;
use crate::read::manifest::Manifest;
use crate::yaml::Kind as Shape;

/// The items of a list that are objects.
pub(super) fn items(list: &Manifest) -> Vec<Manifest> {
    let root = list.root();
    let Some(found) = root.get("items") else { return Vec::new() };
    let implied = root.get_str("kind").and_then(|kind| Kind::by_name(kind.strip_suffix("List")?));
    let items = found.items().filter(|item| item.kind() == Shape::Mapping);
    let manifests = items.map(|item| {
        let mut manifest = list.with(list.document().clone(), item.index());
        if item.entry("kind").is_none() && item.entry("apiVersion").is_none() {
            manifest.implied = implied;
        }
        manifest
    });
    manifests.collect()
}
