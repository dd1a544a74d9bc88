//! `config.openshift.io/v1` `Image`, the cluster-wide image configuration.
//!
//! Source: openshift/api `config/v1/types_image.go`.

use super::schema::{Field, Type};
use super::{List, string};
use crate::openshift::IMPORT_MODE;
use crate::source::{Span, Spanned};
use crate::yaml::{Kind as Shape, Node, Scalar};

/// The typed `Image`.
#[derive(Clone, Debug, Default)]
pub struct ImageConfig {
    /// `spec.registrySources`, if it is a map.
    pub registry_sources: Option<RegistrySources>,
    /// `spec.allowedRegistriesForImport`.
    pub allowed_registries_for_import: Option<List<ImportLocation>>,
    /// `spec.externalRegistryHostnames`.
    pub external_registry_hostnames: Option<List<Spanned<String>>>,
    /// `spec.additionalTrustedCA.name`: a ConfigMap in the namespace `openshift-config`.
    pub additional_trusted_ca: Option<Spanned<String>>,
    /// `status.internalRegistryHostname`, where somebody copied the observed object into Git.
    pub internal_registry_hostname: Option<Spanned<String>>,
}

/// `spec.registrySources`.
#[derive(Clone, Debug)]
pub struct RegistrySources {
    /// The key `registrySources`.
    pub key: Span,
    /// The map.
    pub span: Span,
    /// Registries without verified TLS.
    pub insecure: Option<List<Spanned<String>>>,
    /// Registries from which no image is pulled.
    pub blocked: Option<List<Spanned<String>>>,
    /// The only registries from which images are pulled.
    pub allowed: Option<List<Spanned<String>>>,
    /// Registries in which nodes look for a short name.
    pub search: Option<List<Spanned<String>>>,
}

/// An entry of `allowedRegistriesForImport`.
#[derive(Clone, Debug)]
pub struct ImportLocation {
    /// The whole entry.
    pub span: Span,
    /// Whether there is a `domainName`, even if its value is a placeholder.
    pub has_domain_name: bool,
    /// `domainName`: host and port, `*` and `?` allowed.
    pub domain_name: Option<Spanned<String>>,
    /// `insecure`.
    pub insecure: Option<Spanned<bool>>,
}

impl ImageConfig {
    pub(super) fn read(root: Node<'_>) -> Self {
        let spec = root.get("spec");
        let status = root.get("status");
        let sources = spec.and_then(|spec| spec.entry("registrySources"));
        Self {
            registry_sources: sources.filter(|e| e.value.kind() == Shape::Mapping).map(|entry| {
                let list = |key| List::of_strings(Some(entry.value), key);
                RegistrySources {
                    key: entry.key.span(),
                    span: entry.value.span(),
                    insecure: list("insecureRegistries"),
                    blocked: list("blockedRegistries"),
                    allowed: list("allowedRegistries"),
                    search: list("containerRuntimeSearchRegistries"),
                }
            }),
            allowed_registries_for_import: List::read(spec, "allowedRegistriesForImport", |item| {
                Some(ImportLocation {
                    span: item.span(),
                    // `wrong-type` already reports an item that is not a map.
                    has_domain_name: item.kind() != Shape::Mapping
                        || item.get("domainName").is_some_and(|name| !name.is_null()),
                    domain_name: item.get("domainName").and_then(string),
                    insecure: item.get("insecure").and_then(|node| match node.scalar() {
                        Some(Scalar::Bool(value)) => Some(Spanned::new(value, node.span())),
                        _ => None,
                    }),
                })
            }),
            external_registry_hostnames: List::of_strings(spec, "externalRegistryHostnames"),
            additional_trusted_ca: spec
                .and_then(|spec| spec.at(&["additionalTrustedCA", "name"]))
                .and_then(string),
            internal_registry_hostname: status
                .and_then(|status| status.get("internalRegistryHostname"))
                .and_then(string),
        }
    }
}

const STRINGS: Type = Type::List(&Type::String);

/// The schema of `spec`.
pub(super) const SPEC: Type = Type::Map(&[
    Field::new(
        "allowedRegistriesForImport",
        Type::List(&Type::Map(&[Field::new("domainName", Type::String), Field::new("insecure", Type::Bool)])),
    ),
    Field::new("externalRegistryHostnames", STRINGS),
    Field::new("additionalTrustedCA", Type::Map(&[Field::required("name", Type::String)])),
    Field::new("imageStreamImportMode", Type::Enum(&["", "Legacy", "PreserveOriginal"])).since(IMPORT_MODE),
    Field::new(
        "registrySources",
        Type::Map(&[
            Field::new("insecureRegistries", STRINGS),
            Field::new("blockedRegistries", STRINGS),
            Field::new("allowedRegistries", STRINGS),
            Field::new("containerRuntimeSearchRegistries", STRINGS),
        ]),
    ),
]);

/// The names in `status`. The server drops `status` on create, so nothing else of it is checked.
pub(super) const STATUS: &[&str] =
    &["internalRegistryHostname", "externalRegistryHostnames", "imageStreamImportMode"];
