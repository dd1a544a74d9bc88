//! Objects inside objects. One file per carrier; each finds what it carries and leaves the spans where they are.

mod list;

use crate::crd::Recognised;
use crate::manifest::Manifest;

/// Takes every carrier apart. What is no carrier comes out as it went in.
pub fn unwrap(manifests: Vec<Manifest>) -> Vec<Manifest> {
    let mut unwrapped = Vec::with_capacity(manifests.len());
    for manifest in manifests {
        match manifest.recognise() {
            Recognised::List => list::unwrap(&manifest, &mut unwrapped),
            _ => unwrapped.push(manifest),
        }
    }
    unwrapped
}
