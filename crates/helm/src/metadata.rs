//! Reads `Chart.yaml`: the description of a chart, and its dependencies.

use crate::error::{Error, Result};
use crate::load::called;
use crate::semver::Version;
use spanned_yaml::{Kind, Node, Scalar, Span, Spanned};

/// The content of `Chart.yaml`.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The name of the chart.
    pub name: Spanned<String>,
    /// Its version.
    pub version: Spanned<String>,
    /// `v1` or `v2`.
    pub api_version: String,
    /// The version of the application that the chart installs.
    pub app_version: String,
    /// Whether it is a library chart: it has definitions but no objects.
    pub is_library: bool,
    /// The versions of Kubernetes that it supports, as a range.
    pub kube_version: Option<Spanned<String>>,
    /// Its dependencies.
    pub requirements: Vec<Requirement>,
    pub(crate) fields: Fields,
}

/// Further fields, which only templates read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) texts: Vec<(&'static str, String)>,
    pub(crate) lists: Vec<(&'static str, Vec<String>)>,
    pub(crate) maintainers: Vec<[String; 3]>,
    pub(crate) annotations: Option<Vec<(String, String)>>,
    pub(crate) deprecated: bool,
}

/// A dependency of a chart.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Its name.
    pub name: Spanned<String>,
    /// The accepted versions, as a range.
    pub version: Spanned<String>,
    /// The repository that it comes from.
    pub repository: String,
    /// Another name for the dependency in this chart.
    pub alias: Option<String>,
    /// The values that enable or disable it, separated by commas.
    pub condition: String,
    /// The tags that enable or disable it.
    pub tags: Vec<String>,
    pub(crate) imports: Vec<Import>,
}

impl Requirement {
    /// The name of its values and templates in this chart.
    pub fn local_name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name.value)
    }
}

/// Values of a subchart that become values of its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) child: String,
    pub(crate) parent: String,
}

const TEXTS: [(&str, &str); 6] = [
    ("home", "Home"),
    ("description", "Description"),
    ("icon", "Icon"),
    ("condition", "Condition"),
    ("tags", "Tags"),
    ("type", "Type"),
];

impl Metadata {
    /// Reads `Chart.yaml`.
    pub(crate) fn read(root: Node<'_>) -> Result<Self> {
        let fields = Reader { map: root };
        fields.is_map("Chart.yaml")?;
        let place = root.span();
        let required = |key: &str| -> Result<Spanned<String>> {
            let found = fields.text(key)?.filter(|text| !text.value.is_empty());
            found.ok_or_else(|| Error::at(place, format!("Chart.yaml has no `{key}`")))
        };
        let name = required("name")?;
        if name.value.contains('/') || matches!(&*name.value, "." | "..") {
            return Err(Error::at(name.span, format!("`{}` is not a name of a chart", name.value)));
        }
        let version = required("version")?;
        if Version::parse(&version.value).is_none() {
            return Err(Error::at(version.span, format!("`{}` is not a version", version.value)));
        }
        let kind = fields.text("type")?;
        if let Some(kind) =
            kind.as_ref().filter(|kind| !matches!(&*kind.value, "" | "application" | "library"))
        {
            return Err(Error::at(
                kind.span,
                format!("`{}` is neither `application` nor `library`", kind.value),
            ));
        }
        let plain = |key: &str| Ok(fields.text(key)?.map(|text| text.value).unwrap_or_default());
        let api_version = plain("apiVersion")?;
        let kube_version = fields.text("kubeVersion")?.filter(|range| !range.value.is_empty());
        let mut texts = Vec::new();
        for (key, field) in TEXTS {
            texts.push((field, plain(key)?));
        }
        let mut maintainers = Vec::new();
        for item in fields.items("maintainers")? {
            let item = Reader { map: item };
            item.is_map("a maintainer")?;
            let text = |key: &str| Ok(item.text(key)?.map(|text| text.value).unwrap_or_default());
            maintainers.push([text("name")?, text("email")?, text("url")?]);
        }
        Ok(Self {
            is_library: kind.is_some_and(|kind| kind.value == "library"),
            api_version: if api_version.is_empty() { "v1".into() } else { api_version },
            app_version: plain("appVersion")?,
            kube_version,
            requirements: Self::requirements(root)?.unwrap_or_default(),
            fields: Fields {
                texts,
                lists: vec![("Keywords", fields.texts("keywords")?), ("Sources", fields.texts("sources")?)],
                maintainers,
                annotations: fields.annotations()?,
                deprecated: fields.bool("deprecated")?,
            },
            name,
            version,
        })
    }

    /// The dependencies in `Chart.yaml` or `requirements.yaml`; `None` if the file has no such field.
    pub(crate) fn requirements(root: Node<'_>) -> Result<Option<Vec<Requirement>>> {
        let fields = Reader { map: root };
        if fields.get("dependencies").is_none() {
            return Ok(None);
        }
        let mut found: Vec<Requirement> = Vec::new();
        for item in fields.items("dependencies")? {
            let requirement = Requirement::read(item)?;
            let name = requirement.local_name();
            if found.iter().any(|other| other.local_name() == name) {
                let message = format!("two dependencies have the name `{name}`; give one of them an `alias`");
                return Err(Error::at(requirement.name.span, message));
            }
            found.push(requirement);
        }
        Ok(Some(found))
    }
}

impl Requirement {
    fn read(node: Node<'_>) -> Result<Self> {
        let fields = Reader { map: node };
        fields.is_map("a dependency")?;
        let place = node.span();
        let text = |key: &str| -> Result<Spanned<String>> {
            Ok(fields.text(key)?.unwrap_or_else(|| Spanned::new(String::new(), place)))
        };
        let alias = fields.text("alias")?.filter(|alias| !alias.value.is_empty());
        let is_name =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if let Some(alias) = alias.as_ref().filter(|alias| !is_name(&alias.value)) {
            return Err(Error::at(alias.span, format!("`{}` is not an alias of a chart", alias.value)));
        }
        let mut imports = Vec::new();
        for item in fields.items("import-values")? {
            let reader = Reader { map: item };
            if item.kind() == Kind::Mapping {
                let text =
                    |key: &str| Ok(reader.text(key)?.map_or_else(|| "<nil>".into(), |text| text.value));
                imports.push(Import { child: text("child")?, parent: text("parent")? });
            } else if let Some(name) = item.as_str() {
                imports.push(Import { child: format!("exports.{name}"), parent: ".".into() });
            }
        }
        Ok(Self {
            name: text("name")?,
            version: text("version")?,
            repository: text("repository")?.value,
            alias: alias.map(|alias| alias.value),
            condition: text("condition")?.value,
            tags: fields.texts("tags")?,
            imports,
        })
    }
}

/// Reads fields like JSON in Go: the case of names does not matter, and scalars are converted to the expected type.
#[derive(Clone, Copy)]
struct Reader<'d> {
    map: Node<'d>,
}

impl<'d> Reader<'d> {
    fn is_map(self, what: &str) -> Result<()> {
        if self.map.kind() == Kind::Mapping {
            return Ok(());
        }
        Err(Error::at(self.map.span(), format!("{what} is a map, not {}", in_words(self.map))))
    }

    fn get(self, key: &str) -> Option<Node<'d>> {
        let exact = self.map.get(key);
        let any_case = || {
            let entries = self.map.entries().into_iter();
            entries
                .rev()
                .find(|entry| entry.key.key_text().eq_ignore_ascii_case(key))
                .map(|entry| entry.value)
        };
        exact.or_else(any_case).filter(|value| !value.is_null())
    }

    fn text(self, key: &str) -> Result<Option<Spanned<String>>> {
        let Some(node) = self.get(key) else { return Ok(None) };
        let text = word(node).ok_or_else(|| wrong(node, key, "a string"))?;
        Ok(Some(Spanned::new(text, node.span())))
    }

    fn bool(self, key: &str) -> Result<bool> {
        let Some(node) = self.get(key) else { return Ok(false) };
        match node.scalar() {
            Some(Scalar::Bool(value)) => Ok(value),
            _ => Err(wrong(node, key, "a boolean")),
        }
    }

    fn items(self, key: &str) -> Result<Vec<Node<'d>>> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(node) if node.kind() == Kind::Sequence => Ok(node.items().collect()),
            Some(node) => Err(wrong(node, key, "a list")),
        }
    }

    fn texts(self, key: &str) -> Result<Vec<String>> {
        let items = self.items(key)?.into_iter();
        items.map(|item| word(item).ok_or_else(|| wrong(item, key, "a string"))).collect()
    }

    fn annotations(self) -> Result<Option<Vec<(String, String)>>> {
        let Some(node) = self.get("annotations") else { return Ok(None) };
        if node.kind() != Kind::Mapping {
            return Err(wrong(node, "annotations", "a map"));
        }
        let entry = |entry: spanned_yaml::Entry<'_>| {
            let value = word(entry.value).ok_or_else(|| wrong(entry.value, "annotations", "a string"))?;
            Ok((entry.key.key_text().into_owned(), value))
        };
        node.entries().into_iter().map(entry).collect::<Result<_>>().map(Some)
    }
}

fn wrong(node: Node<'_>, key: &str, wanted: &str) -> Error {
    let span: Span = node.span();
    Error::at(span, format!("`{key}` takes {wanted}, not {}", in_words(node)))
}

/// The type of a value in words.
fn in_words(node: Node<'_>) -> &'static str {
    match node.scalar() {
        None => called(node),
        Some(Scalar::Null) => "null",
        Some(Scalar::Bool(_)) => "a boolean",
        Some(Scalar::Int(_) | Scalar::Float(_)) => "a number",
        Some(Scalar::Str(_)) => "a string",
    }
}

/// A scalar as a string. Numbers and booleans are printed, so `1.10` becomes `1.1`.
fn word(node: Node<'_>) -> Option<String> {
    let text = match node.scalar()? {
        Scalar::Null => String::new(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Float(number) => float(number),
        Scalar::Str(text) => text.to_owned(),
    };
    let printed = text.chars().map(|char| if char.is_whitespace() { ' ' } else { char });
    Some(printed.filter(|char| !char.is_control()).collect())
}

/// Prints a number like Go: with an exponent from a million on and below 0.0001.
fn float(number: f64) -> String {
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        -4..=5 => number.to_string(),
        exponent => {
            format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
        }
    }
}
