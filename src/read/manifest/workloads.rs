//! Reads a file again for workloads, which matter only together with image configuration.

use super::{Form, Manifest, has_braces, is_patch, is_template, says_where};
use crate::read::crd::{self, CarrierKind, Recognised};
use crate::source::FileId;
use crate::yaml::{self, Node};
use std::sync::Arc;

/// The objects of a text that are workloads, or may carry some; `None` if the text has template syntax, since it is
/// then not known which objects exist together.
pub(crate) fn workloads(
    file: FileId,
    text: &Arc<str>,
    (form, name): (Form, &str),
    is_workload: &dyn Fn(Node<'_>) -> bool,
) -> Option<Vec<Manifest>> {
    let mut manifests = Vec::new();
    let mut is_filled_in = false;
    yaml::parse_stream(file, text, |parsed| match parsed {
        Ok(document) if is_template(&document) => is_filled_in = true,
        Ok(document) => {
            let root = document.root();
            if (is_workload(root) || may_carry(root)) && !is_patch(&document, name) {
                manifests.push(Manifest::new(Arc::new(document), 0, form));
            }
        }
        // Other problems of the file are not reported.
        Err(error) => is_filled_in |= has_braces(&text[error.document.range()]),
    });
    (!is_filled_in && !manifests.is_empty()).then_some(manifests)
}

/// Whether an object carries other objects, or binds such carriers to clusters.
fn may_carry(root: Node<'_>) -> bool {
    match crd::recognise(root) {
        Recognised::Carrier(kind) => matches!(
            kind,
            CarrierKind::List
                | CarrierKind::Template
                | CarrierKind::Policy
                | CarrierKind::ConfigurationPolicy
                | CarrierKind::ManifestWork
                | CarrierKind::ManifestWorkReplicaSet
                | CarrierKind::SyncSet
                | CarrierKind::SelectorSyncSet
        ),
        Recognised::Ours(_) | Recognised::Suspect(_) => false,
        Recognised::Other => says_where(root),
    }
}
