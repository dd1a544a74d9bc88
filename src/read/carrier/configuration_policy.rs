//! `ConfigurationPolicy`: objects that a cluster must have. Objects that a cluster must not have are not carried.
//! Objects without a name are not carried either: they only ask whether such an object exists.

use super::unit::CarrierUnit;
use super::way::Way;
use crate::read::manifest::{Form, Manifest, is_template, may_hold_ours};
use crate::read::template;
use crate::yaml::{Kind as Shape, Node, embedded};
use std::sync::Arc;

pub(super) fn unwrap(unit: &mut CarrierUnit<'_>, manifest: &Manifest, way: &Way) {
    let Some(spec) = manifest.root().get("spec") else { return };
    let own = spec.get_str("remediationAction").and_then(is_enforced);
    // The setting of the policy around it takes precedence.
    let way = way.with(|carrier| {
        let outer = carrier.outer.as_ref().and_then(|outer| outer.enforcement.is_enforced);
        carrier.enforcement.is_enforced = outer.or(own);
    });
    if let Some(templates) = spec.get("object-templates") {
        carry(unit, manifest, templates, &way);
    }
    let raw = spec.get("object-templates-raw").filter(|raw| raw.as_str().is_some_and(may_hold_ours));
    let Some(raw) = raw else { return };
    let inner = embedded::read(raw);
    let is_filled = inner.is_broken || inner.documents.iter().any(is_template);
    if !is_filled && !has_branches(raw.text()) {
        for document in inner.documents {
            let document = Arc::new(document);
            carry(unit, &manifest.with(Arc::clone(&document), 0), document.root(), &way);
        }
        return;
    }
    // It is not known which branch is taken, and which objects of the branches exist together.
    for (document, masked) in template::read_scalar(raw).into_iter().flat_map(|read| read.documents) {
        // Combinations of readings are too many to tell apart.
        if manifest.masked().is_some() && masked.ways() != masked.ways_at(raw.span()) {
            continue;
        }
        let list = Manifest::new(Arc::clone(&document), 0, Form::Template);
        let masked = manifest.masked().cloned().unwrap_or(masked);
        carry(unit, &list.masked_as(masked), document.root(), &way);
    }
}

fn carry(unit: &mut CarrierUnit<'_>, manifest: &Manifest, templates: Node<'_>, way: &Way) {
    for template in templates.items() {
        let exact = template.get_str("complianceType").is_some_and(is_exact);
        let way = way.with(|carrier| carrier.enforcement.is_exact = exact);
        unit.carry_all(manifest, must_have(template).into_iter(), &way);
    }
}

/// The object that an entry asks for.
pub(super) fn must_have(entry: Node<'_>) -> Option<Node<'_>> {
    let unwanted = entry.get_str("complianceType").is_some_and(is_unwanted);
    let object = entry.get("objectDefinition").filter(|object| object.kind() == Shape::Mapping)?;
    let name = object.at(&["metadata", "name"]);
    (!unwanted && name.is_some_and(|name| !name.is_null())).then_some(object)
}

/// Whether a compliance type forbids the object.
pub(super) fn is_unwanted(compliance_type: &str) -> bool {
    compliance_type.eq_ignore_ascii_case("mustnothave")
}

/// Whether a compliance type replaces an object.
pub(super) fn is_exact(compliance_type: &str) -> bool {
    compliance_type.eq_ignore_ascii_case("mustonlyhave")
}

/// Whether a remediation action changes clusters; `None` for an invalid one.
pub(super) fn is_enforced(remediation_action: &str) -> Option<bool> {
    let is = |name: &str| remediation_action.eq_ignore_ascii_case(name);
    if is("enforce") { Some(true) } else { (is("inform") || is("informOnly")).then_some(false) }
}

/// Whether a Go template decides which parts of a text exist.
fn has_branches(text: &str) -> bool {
    const WORDS: [&str; 8] = ["if", "else", "range", "end", "with", "define", "block", "template"];
    text.split("{{").skip(1).any(|action| {
        let action = action.strip_prefix("hub").unwrap_or(action).trim_start_matches(['-', ' ', '\t', '\n']);
        let word = action.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        WORDS.contains(&word)
    })
}
