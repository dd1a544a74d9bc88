//! A kustomization with fields that somebody else adds, as Flux does: it writes them into the kustomization of the
//! directory, or into one that it makes of all manifests where there is none (fluxcd/pkg,
//! `kustomize/kustomize_generator.go`).

use crate::cache::Cache;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::files::Tree;
use crate::kustomization::Kustomization;
use crate::loader::Build;
use crate::object_patches;
use crate::place::Place;
use crate::resource::Resource;
use crate::set::Set;
use crate::shape::KUSTOMIZATION;
use crate::steps;
use crate::text::Text;
use crate::value::{Data, Dialect, Value};
use spanned_yaml::{Document, Node, Span};
use std::sync::Arc;

/// The fields whose items are added behind those of the kustomization.
const LISTS: [&str; 2] = ["patches", "components"];
/// The fields that take the place of those of the kustomization.
const TEXTS: [&str; 3] = ["namespace", "namePrefix", "nameSuffix"];

/// What is added to the kustomization of a root.
#[derive(Clone, Copy, Debug)]
pub struct Additions<'d> {
    /// A map of fields as a kustomization has them: `namespace`, `namePrefix`, `nameSuffix`, `patches`, `components`,
    /// `images`.
    pub fields: &'d Document,
    /// What the root is made of where it holds no kustomization: files and directories, relative to it.
    pub resources: Option<&'d [String]>,
}

impl Additions<'_> {
    /// The kustomization of a root that holds none; `None` where there has to be one.
    pub(crate) fn start(&self) -> Option<Kustomization> {
        let resources = self.resources?;
        let at = self.fields.root().span();
        let mut list = Value::list(at);
        if let Data::List(items) = &mut list.data {
            items.extend(resources.iter().map(|path| Value::string(path.as_str(), at)));
        }
        let mut fields = Value::map(at);
        fields.put("resources", at, list);
        let text = Text::file(at.file, self.fields.source().clone());
        Some(Kustomization { name: crate::kustomization::NAMES[0], text, fields })
    }

    /// The kustomization with the fields.
    pub(crate) fn add_to(&self, kustomization: &Kustomization) -> Result<Kustomization> {
        let source = Text::file(self.fields.file(), self.fields.source().clone());
        let mut added = Value::read(self.fields.root(), &source, Dialect::Json)?;
        KUSTOMIZATION.check(&mut added, "")?;
        let mut fields = kustomization.fields.clone();
        for name in TEXTS {
            if let Some(member) = added.member(name).filter(|member| !member.value.is_null()) {
                fields.put(name, member.key_span, member.value.clone());
            }
        }
        for name in LISTS {
            let Some(member) = added.member(name) else { continue };
            items_of(&mut fields, name, member.key_span)?.extend(member.value.items().iter().cloned());
        }
        if let Some(member) = added.member("images") {
            let images = items_of(&mut fields, "images", member.key_span)?;
            for image in member.value.items() {
                let name = image.text_of("name");
                match images.iter_mut().find(|known| known.text_of("name") == name) {
                    Some(known) => *known = image.clone(),
                    None => images.push(image.clone()),
                }
            }
        }
        Ok(Kustomization { name: kustomization.name, text: kustomization.text.clone(), fields })
    }
}

/// Objects as the fields of a kustomization change them that names no files, as a post-renderer of Helm does.
pub fn change(objects: &[Node<'_>], fields: &Document) -> Result<Vec<Arc<Document>>> {
    let mut set = Set::default();
    for object in objects {
        let value = object_patches::read(*object)?;
        let at = value.span;
        set.append(vec![Resource::new(value, object.document().source().clone())], at)?;
    }
    let (files, cache) = (Tree::default(), Cache::default());
    cache.sources.keep(fields.file(), fields.source().clone());
    let build = Build::new(&files, &cache);
    let text = Text::file(fields.file(), fields.source().clone());
    let none = Kustomization {
        name: crate::kustomization::NAMES[0],
        text,
        fields: Value::map(fields.root().span()),
    };
    let root = Additions { fields, resources: None }.add_to(&none)?;
    let place = Place { directory: String::new(), chain: vec![String::new()] };
    steps::run(&build, &place, &root, &mut set, &Config::with(&Config::default()))?;
    let left = set.resources.iter().filter(|resource| !resource.value.is_empty());
    Ok(left.map(Resource::document).collect())
}

/// The items of a list, which is made where there is none.
fn items_of<'v>(fields: &'v mut Value, name: &str, at: Span) -> Result<&'v mut Vec<Value>> {
    if fields.get(name).is_none_or(Value::is_null) {
        fields.put(name, at, Value::list(at));
    }
    match fields.get_mut(name) {
        Some(Value { data: Data::List(items), .. }) => Ok(items),
        _ => Err(Error::at(at, format!("`{name}` must be an array"))),
    }
}
