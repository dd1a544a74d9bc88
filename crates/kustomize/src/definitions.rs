//! `crds:` names files of definitions. Their fields extend the fields that steps change, above all the fields with
//! names of other objects (kustomize `api/internal/accumulator/loadconfigfromcrds.go`).

use crate::config::Config;
use crate::fields::FieldSpec;
use crate::references::Reference;
use crate::resource::Gvk;
use crate::value::Value;

/// The limit of depth for references between definitions, since one may refer to itself.
const MAX_DEPTH: usize = 32;
/// The limit of fields that are read of one file.
const MAX_FIELDS: usize = 100_000;

/// The fields that the definitions of a file add.
pub(crate) fn read(file: &Value) -> Config {
    let mut read = Definitions { file, config: Config::default(), fields: 0 };
    for definition in file.members() {
        let properties = read.properties(&definition.key);
        // Only objects have these fields, and only objects are kinds.
        if ["kind", "apiVersion", "metadata"]
            .iter()
            .all(|key| properties.is_some_and(|all| all.get(key).is_some()))
        {
            let kind = definition.key.rsplit('.').next().unwrap_or_default();
            read.fields_of(kind, &definition.key, &mut Vec::new());
        }
    }
    read.config
}

struct Definitions<'v> {
    file: &'v Value,
    config: Config,
    fields: usize,
}

impl<'v> Definitions<'v> {
    fn properties(&self, name: &str) -> Option<&'v Value> {
        let definition = self.file.get(name)?;
        let schema = definition.get("Schema").or(definition.get("schema"))?;
        schema.get("properties")
    }

    fn fields_of(&mut self, kind: &str, definition: &str, path: &mut Vec<String>) {
        let Some(properties) = self.properties(definition).filter(|_| path.len() < MAX_DEPTH) else { return };
        for property in properties.members() {
            self.fields += 1;
            if self.fields > MAX_FIELDS {
                return;
            }
            path.push(property.key.replace('/', "\\/"));
            let says = |key: &str| property.value.get(&format!("x-kubernetes-{key}")).map(Value::text);
            let at = || FieldSpec::new(kind, &path.join("/"), false);
            if says("annotation").is_some() {
                self.config.annotations.push(at());
            }
            if says("label-selector").is_some() {
                self.config.common_labels.push(at());
            }
            if says("identity").is_some() {
                self.config.prefix.push(at());
            }
            if let (Some(version), Some(to)) = (says("object-ref-api-version"), says("object-ref-kind")) {
                let key = says("object-ref-name-key").unwrap_or("name");
                let field = FieldSpec::new(kind, &format!("{}/{key}", path.join("/")), false);
                let to = Gvk { group: String::new(), version: version.to_owned(), kind: to.into() };
                self.config.references.push(Reference { to, fields: vec![field] });
            }
            if let Some(next) = property.value.get("$ref") {
                self.fields_of(kind, next.text(), path);
            }
            path.pop();
        }
    }
}
