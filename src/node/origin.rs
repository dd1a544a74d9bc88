//! The paths of the files on a node, and the origin of a file.

/// The registries and their mirrors.
pub const REGISTRIES_CONF: &str = "/etc/containers/registries.conf";
/// The search list.
pub const SEARCH_REGISTRIES: &str = "/etc/containers/registries.conf.d/01-image-searchRegistries.conf";
/// The images that a node accepts.
pub const POLICY_JSON: &str = "/etc/containers/policy.json";
/// The registries in which nodes look for signatures.
pub const SIGSTORE_REGISTRIES: &str = "/etc/containers/registries.d/sigstore-registries.yaml";
/// The directory of the policies of namespaces, a file for each.
pub const NAMESPACED_POLICIES: &str = "/etc/crio/policies";

/// The search list of a node without configuration.
pub(crate) const TEMPLATE_SEARCH: [&str; 2] = ["registry.access.redhat.com", "docker.io"];

/// The origin of a file on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    /// The MCO makes it from the resources.
    Generated,
    /// The file is the unchanged template of the MCO.
    Template,
}

impl FileOrigin {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            FileOrigin::Generated => "generated",
            FileOrigin::Template => "template",
        }
    }
}
