//! The paths of the files on a node, and who a file comes from.

/// Where the registries are configured on a node.
pub const REGISTRIES_CONF: &str = "/etc/containers/registries.conf";
/// Where the search list is configured on a node.
pub const SEARCH_REGISTRIES: &str = "/etc/containers/registries.conf.d/01-image-searchRegistries.conf";
/// Where it is configured which images a node accepts.
pub const POLICY_JSON: &str = "/etc/containers/policy.json";
/// Where it is configured which registries are asked for signatures.
pub const SIGSTORE_REGISTRIES: &str = "/etc/containers/registries.d/sigstore-registries.yaml";
/// Where the policies of namespaces stand, each in a file of the namespace's name.
pub const NAMESPACED_POLICIES: &str = "/etc/crio/policies";

/// The search list of a node without configuration.
pub(crate) const TEMPLATE_SEARCH: [&str; 2] = ["registry.access.redhat.com", "docker.io"];

/// Who a file on a node comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    /// The MCO makes it from the resources.
    Generated,
    /// The MCO's template shows through.
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
