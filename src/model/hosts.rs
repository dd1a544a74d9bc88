//! Public hosts, and hosts that exist only in an internal network, recognized by their names.

use super::scope::{covers, hostname};
use std::net::Ipv4Addr;

/// Registries in which anybody can publish, or from which anybody can pull. This list is the default of rules with an option
/// for them.
pub const PUBLIC: [&str; 23] = [
    "registry.redhat.io",
    "registry.access.redhat.com",
    "registry.connect.redhat.com",
    "docker.io",
    "*.docker.io",
    "*.docker.com",
    "quay.io",
    "ghcr.io",
    "gcr.io",
    "*.gcr.io",
    "registry.k8s.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "registry.gitlab.com",
    "nvcr.io",
    "icr.io",
    "cgr.dev",
    "lscr.io",
    "docker.elastic.co",
    "container-registry.oracle.com",
    "registry.suse.com",
    "registry.opensuse.org",
    "registry.fedoraproject.org",
];

/// The container runtime replaces this host by `docker.io` in every name that it reads (containers/image
/// `docker/reference/normalize.go`).
pub const DOCKER_HUB_REWRITTEN: &str = "index.docker.io";
/// The host that the container runtime contacts for images of `docker.io` (containers/image `docker/docker_client.go`). The
/// runtime does not rewrite this host in a name, so an entry for it applies to names with it.
pub const DOCKER_HUB_CONTACTED: &str = "registry-1.docker.io";

/// Whether the host of a name is an alias of Docker Hub.
pub fn is_docker_hub_alias(name: &str) -> bool {
    [DOCKER_HUB_REWRITTEN, DOCKER_HUB_CONTACTED].contains(&super::scope::host(name))
}

/// [`PUBLIC`], as the default of an option.
pub fn public() -> Vec<String> {
    PUBLIC.iter().map(ToString::to_string).collect()
}

/// The first of `patterns` (hosts, and wildcards such as `*.gcr.io`) that matches the host of `name`, whatever its port and
/// case.
pub fn matching<'p>(patterns: &'p [String], name: &str) -> Option<&'p str> {
    let host = hostname(name).to_ascii_lowercase();
    patterns.iter().find(|pattern| covers(&hostname(pattern).to_ascii_lowercase(), &host)).map(String::as_str)
}

/// Where a host is, according to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// A private address, a name that the public DNS does not have, or the cluster's own registry.
    Inside,
    /// An address of the internet.
    Outside,
    /// Any other name, which may be internal or public.
    Unknown,
}

/// The last labels of names that the public DNS does not serve: those of RFC 6761, RFC 6762 (with appendix G) and RFC 8375,
/// `internal`, which ICANN reserves, the services of a cluster, and two that are in common use.
const INTERNAL_DOMAINS: [&str; 15] = [
    "local",
    "localhost",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "home.arpa",
    "lan",
    "lab",
    "test",
    "example",
    "invalid",
    "svc",
];

/// The beginning of the route of a cluster's own registry (openshift/cluster-image-registry-operator `pkg/defaults`).
const REGISTRY_ROUTE: &str = "default-route-openshift-image-registry.";

/// Where the host of a name is, according to the name. For a wildcard, its domain counts.
pub fn reachable(name: &str) -> Reachable {
    let host = hostname(name).to_ascii_lowercase();
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return if is_private(address) { Reachable::Inside } else { Reachable::Outside };
    }
    let domain = host.strip_prefix("*.").unwrap_or(&host);
    let is_in = |internal: &&'static str| {
        domain.strip_suffix(*internal).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let is_inside =
        !host.contains('.') || host.starts_with(REGISTRY_ROUTE) || INTERNAL_DOMAINS.iter().any(is_in);
    if is_inside { Reachable::Inside } else { Reachable::Unknown }
}

/// Addresses that the internet does not route.
fn is_private(address: Ipv4Addr) -> bool {
    // 100.64.0.0/10, the shared address space of providers (RFC 6598).
    let is_shared = address.octets()[0] == 100 && (64..128).contains(&address.octets()[1]);
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || is_shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_where_they_are() {
        use Reachable::*;
        for (name, place_of_it) in [
            ("10.1.2.3:5000/a", Inside),
            ("172.31.0.1", Inside),
            ("172.32.0.1", Outside),
            ("192.168.0.0/16", Inside),
            ("100.64.0.1", Inside),
            ("100.128.0.1", Outside),
            ("127.0.0.1:5000", Inside),
            ("203.0.113.7", Outside),
            ("8.8.8.8:5000/team", Outside),
            ("localhost:5000", Inside),
            ("mirror/team", Inside),
            ("Registry.Lab.LOCAL:5000", Inside),
            ("*.corp", Inside),
            ("*.svc.cluster.local", Inside),
            ("image-registry.openshift-image-registry.svc:5000", Inside),
            ("default-route-openshift-image-registry.apps.prod.acme.com", Inside),
            ("nas.home.arpa", Inside),
            ("registry.mylocal", Unknown),
            ("registry.acme.com", Unknown),
            ("*.acme.com", Unknown),
            ("999.1.1.1", Unknown),
        ] {
            assert_eq!(reachable(name), place_of_it, "{name}");
        }
    }

    #[test]
    fn patterns_match_hosts() {
        let public = public();
        for (name, pattern) in [
            ("Quay.io:443/team", Some("quay.io")),
            ("eu.gcr.io", Some("*.gcr.io")),
            ("index.docker.io", Some("*.docker.io")),
            ("my-quay.io", None),
            ("quay.io.corp.example", None),
        ] {
            assert_eq!(matching(&public, name), pattern, "{name}");
        }
    }
}
