//! `kind: List` and lists of one kind (`ImageList`), as `oc` takes them apart; lists nest.

use crate::crd::{Kind, Recognised};
use crate::manifest::Manifest;
use crate::yaml::Kind as Shape;

/// Deeper nesting than this is no list that anybody wrote.
const MAX_DEPTH: usize = 16;

pub(super) fn unwrap(list: &Manifest, into: &mut Vec<Manifest>) {
    items(list, into, 0);
}

fn items(list: &Manifest, into: &mut Vec<Manifest>, depth: usize) {
    let root = list.root();
    let Some(found) = root.get("items").filter(|items| items.kind() == Shape::Sequence) else { return };
    let implied = root.get_str("kind").and_then(|kind| Kind::by_name(kind.strip_suffix("List")?));
    for item in found.items().filter(|item| item.kind() == Shape::Mapping) {
        let mut manifest = Manifest::new(list.document().clone(), item.index(), list.form);
        if item.entry("kind").is_none() && item.entry("apiVersion").is_none() {
            manifest.implied = implied;
        }
        match manifest.recognise() {
            Recognised::List if depth < MAX_DEPTH => items(&manifest, into, depth + 1),
            Recognised::Other | Recognised::List => {}
            Recognised::Ours(_) | Recognised::Suspect(_) => into.push(manifest),
        }
    }
}
