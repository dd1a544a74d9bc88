//! An `ApplicationSet`: the applications of its generators. Sources: `Template.md`,
//! `applicationset/controllers/template/template.go`.

use super::application::{Layered, Maker};
use super::budget::Budget;
use super::generators::{self, Generators};
use super::git::is_true;
use super::params::Params;
use super::template::Language;
use super::{Application, Listing, Read};
use crate::yaml::Node;

/// Reads an `ApplicationSet`.
pub(super) fn read(manifest: Node<'_>, listing: &dyn Listing) -> Read {
    let Some(spec) = manifest.get("spec") else { return Read::default() };
    let name = manifest.get("metadata").and_then(|metadata| metadata.get("name")).map_or("", Node::text);
    let language = if is_true(spec, "goTemplate") { Language::Go } else { Language::Fast };
    let generators = Generators {
        listing,
        budget: Budget::new(manifest.span()),
        language,
        nested_selectors: is_true(spec, "applyNestedSelectors"),
    };
    if let Some(patch) = spec.get("templatePatch").filter(|patch| !patch.is_null()) {
        let message = "`templatePatch` is not evaluated; what it changes of paths and clusters is not seen";
        generators.budget.note(patch.span(), message.to_owned());
    }
    let mut applications = Vec::new();
    for entry in spec.get("generators").into_iter().flat_map(Node::items) {
        for (kind, node) in generators::named(entry) {
            // Argo CD takes each generator's own template for a patch of the set's.
            let template = Layered::new(node.get("template"), spec.get("template"));
            if let Some(made) = generators.generate(entry, (&kind, node), None, 0) {
                let maker = Maker { listing, budget: &generators.budget, language, generated_by: Some(name) };
                fill(&maker, template, &made, &mut applications);
            }
        }
    }
    generators.budget.read(applications)
}

fn fill(maker: &Maker<'_>, template: Layered<'_>, made: &[Params], into: &mut Vec<Application>) {
    for params in made {
        if maker.budget.spend(100).and_then(|()| maker.make(template, params, into)).is_none() {
            return;
        }
    }
}
