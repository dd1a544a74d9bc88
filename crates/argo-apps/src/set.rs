//! An `ApplicationSet`: the applications of its generators. Sources: `Template.md`,
//! `applicationset/controllers/template/template.go`.

use crate::application::{Layered, Maker};
use crate::budget::Budget;
use crate::found::{Application, Read};
use crate::generators::{self, Generators};
use crate::git::is_true;
use crate::listing::Listing;
use crate::params::Params;
use crate::template::Language;
use spanned_yaml::Node;

/// Reads an `ApplicationSet`.
pub(crate) fn read(manifest: Node<'_>, listing: &dyn Listing) -> Read {
    let Some(spec) = manifest.get("spec") else { return Read::default() };
    let name = manifest.at(&["metadata", "name"]).map_or("", Node::text);
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
            // Argo CD applies each generator's own template as a patch to that of the set.
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
