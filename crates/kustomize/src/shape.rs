//! The shape of a kustomization: kustomize refuses unknown fields, and checks the types of JSON.

use crate::error::{Error, Result};
use crate::value::Value;
use spanned_yaml::Scalar;

/// The type of a field.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Flag,
    Number,
    /// A map of strings.
    Texts,
    Flags,
    List(&'static Shape),
    Fields(&'static [(&'static str, Shape)]),
    Any,
}

use Shape::{Any, Fields, Flag, Flags, List, Number, Text, Texts};

const PATHS: Shape = List(&Text);
const FIELD_SPECS: Shape =
    List(&Fields(&[("group", Text), ("version", Text), ("kind", Text), ("path", Text), ("create", Flag)]));
pub(crate) const SELECTOR: Shape = Fields(&[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("annotationSelector", Text),
    ("labelSelector", Text),
]);
const PATCH: Shape = Fields(&[("path", Text), ("patch", Text), ("target", SELECTOR), ("options", Flags)]);
const GENERATOR_OPTIONS: Shape = Fields(&[
    ("labels", Texts),
    ("annotations", Texts),
    ("disableNameSuffixHash", Flag),
    ("immutable", Flag),
]);
pub(crate) const FIELD_OPTIONS: Shape =
    Fields(&[("delimiter", Text), ("index", Number), ("encoding", Text), ("create", Flag)]);
const SOURCE: Shape = Fields(&[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("fieldPath", Text),
    ("options", FIELD_OPTIONS),
]);
const REPLACEMENT_TARGET: Shape = Fields(&[
    ("select", SELECTOR),
    ("reject", List(&SELECTOR)),
    ("fieldPaths", PATHS),
    ("options", FIELD_OPTIONS),
]);
pub(crate) const REPLACEMENT: Shape = Fields(&[
    ("path", Text),
    ("source", SOURCE),
    ("sourceValue", Text),
    ("targets", List(&REPLACEMENT_TARGET)),
]);
const IMAGE: Shape =
    Fields(&[("name", Text), ("newName", Text), ("newTag", Text), ("digest", Text), ("tagSuffix", Text)]);
const SECRET_FIELDS: &[(&str, Shape)] = &[
    ("namespace", Text),
    ("name", Text),
    ("behavior", Text),
    ("literals", PATHS),
    ("files", PATHS),
    ("envs", PATHS),
    ("env", Text),
    ("options", GENERATOR_OPTIONS),
    ("type", Text),
];
const SECRET: Shape = Fields(SECRET_FIELDS);
/// The same without the type.
const CONFIG_MAP: Shape = match SECRET_FIELDS {
    [fields @ .., _] => Fields(fields),
    [] => Any,
};
const LABEL: Shape = Fields(&[
    ("pairs", Texts),
    ("includeSelectors", Flag),
    ("includeTemplates", Flag),
    ("fields", FIELD_SPECS),
]);
const METADATA: Shape =
    Fields(&[("name", Text), ("namespace", Text), ("labels", Texts), ("annotations", Texts)]);
const VAR: Shape = Fields(&[
    ("name", Text),
    (
        "objref",
        Fields(&[
            ("apiVersion", Text),
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
        ]),
    ),
    ("fieldref", Fields(&[("fieldpath", Text), ("fieldPath", Text)])),
]);
const SORT: Shape =
    Fields(&[("order", Text), ("legacySortOptions", Fields(&[("orderFirst", PATHS), ("orderLast", PATHS)]))]);

/// The fields of a kustomization.
pub(crate) const KUSTOMIZATION: Shape = Fields(&[
    ("apiVersion", Text),
    ("kind", Text),
    ("metadata", METADATA),
    ("openapi", Texts),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("namespace", Text),
    ("commonLabels", Texts),
    ("labels", List(&LABEL)),
    ("commonAnnotations", Texts),
    ("patchesStrategicMerge", PATHS),
    ("patchesJson6902", List(&PATCH)),
    ("patches", List(&PATCH)),
    ("images", List(&IMAGE)),
    ("imageTags", List(&IMAGE)),
    ("replacements", List(&REPLACEMENT)),
    ("replicas", List(&Fields(&[("name", Text), ("count", Number)]))),
    ("vars", List(&VAR)),
    ("sortOptions", SORT),
    ("resources", PATHS),
    ("components", PATHS),
    ("crds", PATHS),
    ("bases", PATHS),
    ("configMapGenerator", List(&CONFIG_MAP)),
    ("secretGenerator", List(&SECRET)),
    ("helmGlobals", Any),
    ("helmCharts", List(&Any)),
    ("helmChartInflationGenerator", List(&Any)),
    ("generatorOptions", GENERATOR_OPTIONS),
    ("configurations", PATHS),
    ("generators", PATHS),
    ("transformers", PATHS),
    ("validators", PATHS),
    ("buildMetadata", PATHS),
]);

impl Shape {
    /// Refuses a value of another shape. Null is valid for any shape. The case of names is ignored, as in Go's JSON; each
    /// name is replaced by the one of the shape.
    pub(crate) fn check(self, value: &mut Value, path: &str) -> Result<()> {
        if value.is_null() {
            return Ok(());
        }
        let due = match self {
            Any => return Ok(()),
            Text => "string",
            Flag => "boolean",
            Number => "integer",
            List(_) => "array",
            Texts | Flags | Fields(_) => "object",
        };
        if value.type_name() != due {
            let message =
                format!("`{path}` must be {}, and this is {}", article(due), article(value.type_name()));
            return Err(Error::at(value.span, message));
        }
        match self {
            List(item) => {
                if let crate::value::Data::List(items) = &mut value.data {
                    return items.iter_mut().try_for_each(|value| item.check(value, path));
                }
            }
            Texts | Flags => {
                let each = if matches!(self, Texts) { Text } else { Flag };
                if let crate::value::Data::Map(members) = &mut value.data {
                    return members.iter_mut().try_for_each(|member| {
                        each.check(&mut member.value, &format!("{path}.{}", member.key))
                    });
                }
            }
            Fields(fields) => {
                if let crate::value::Data::Map(members) = &mut value.data {
                    for member in members {
                        let known = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(&member.key));
                        let Some((name, shape)) = known else {
                            let message = format!("kustomize does not know the field `{}` here", member.key);
                            return Err(Error::at(member.key_span, message));
                        };
                        member.key = (*name).into();
                        shape.check(&mut member.value, name)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The number in a field, or `default`.
pub(crate) fn number(value: Option<&Value>, default: i64) -> i64 {
    match value.and_then(Value::scalar) {
        Some(Scalar::Int(number)) => i64::try_from(number).unwrap_or(default),
        _ => default,
    }
}
