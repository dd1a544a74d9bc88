//! The ConfigMap of registry certificates that an `Image` names.
//!
//! The Machine Config Operator reads it from the namespace `openshift-config`, and writes each value to
//! `/etc/docker/certs.d/<key>/ca.crt`. In the path, `:` replaces every `..` of the key (openshift/machine-config-operator
//! `pkg/operator/sync.go`, `pkg/daemon/certificate_writer.go`).

use super::scope::{check_mirror, hostname};
use super::{Cluster, Resource};
use crate::read::crd::{ConfigMap, Typed};
use crate::source::Spanned;

/// The only namespace in which the operator looks for it.
pub const NAMESPACE: &str = "openshift-config";
/// The key that only the OpenShift Update Service reads.
pub const UPDATE_SERVICE: &str = "updateservice-registry";

/// The ConfigMap that `additionalTrustedCA` of the `Image` in force names.
#[derive(Clone, Copy, Debug)]
pub struct TrustedCa<'c> {
    /// The `Image`.
    pub image: &'c Resource,
    /// The name in the `Image`.
    pub name: &'c Spanned<String>,
    /// The ConfigMap. One without a namespace counts, too, since the person who applies it chooses the namespace.
    pub found: Option<(&'c Resource, &'c ConfigMap)>,
}

impl Cluster {
    /// The ConfigMap of registry certificates; `None` if no `Image` in force names one.
    pub fn trusted_ca(&self) -> Option<TrustedCa<'_>> {
        let (resource, image) = self.image()?;
        let name = image.additional_trusted_ca.as_ref().filter(|name| !name.value.is_empty())?;
        let of = |namespace: &str| {
            let named = self.config_maps().filter(|(map, _)| map.name() == name.value);
            named.filter(|(map, _)| map.identity().namespace == namespace).last()
        };
        Some(TrustedCa { image: resource, name, found: of(NAMESPACE).or_else(|| of("")) })
    }

    /// Every ConfigMap that is read.
    pub fn config_maps(&self) -> impl Iterator<Item = (&Resource, &ConfigMap)> {
        self.resources().filter_map(|resource| match &resource.typed {
            Typed::ConfigMap(map) => Some((resource, map)),
            _ => None,
        })
    }
}

/// The name that a generated ConfigMap had before kustomize added a hash of its content (`kustomize/api/hasher`).
pub fn without_hash(name: &str) -> Option<&str> {
    const LENGTH: usize = 10;
    let (name, hash) = name.rsplit_once('-')?;
    let is_hash = |b: u8| b"2456789bcdfghkmt".contains(&b);
    (hash.len() == LENGTH && hash.bytes().all(is_hash)).then_some(name)
}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFlaw {
    /// The API server refuses a ConfigMap with such a key.
    Refused,
    /// It is the name of a file.
    File,
    /// No registry can have this name.
    NoRegistry,
}

/// The extensions of files for certificates; no domain ends with one of them.
const FILES: [&str; 7] = [".crt", ".cert", ".pem", ".cer", ".der", ".key", ".bundle"];

/// Checks a key: `host` or `host..port`.
pub fn check_key(key: &str) -> Option<KeyFlaw> {
    // kubernetes apimachinery/pkg/util/validation/validation.go: IsConfigMapKey
    let is_refused = key.is_empty()
        || key.len() > 253
        || key == "."
        || key.starts_with("..")
        || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if is_refused {
        return Some(KeyFlaw::Refused);
    }
    if key == UPDATE_SERVICE {
        return None;
    }
    if FILES.iter().any(|ending| key.ends_with(ending)) {
        return Some(KeyFlaw::File);
    }
    let name = registry(key);
    let last = hostname(&name).rsplit_once('.').map(|(_, last)| last);
    let is_address = hostname(&name).parse::<std::net::Ipv4Addr>().is_ok();
    // No domain ends with a number: the number is a port, behind one dot instead of two.
    let ends_in_number = last.is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit())) && !is_address;
    (check_mirror(&name).is_some() || ends_in_number).then_some(KeyFlaw::NoRegistry)
}

/// The registry that a key means.
pub fn registry(key: &str) -> String {
    key.replace("..", ":")
}

/// The key that the author probably meant, and whether it keeps all information.
pub fn meant_key(key: &str) -> Option<(String, bool)> {
    let name = key.trim().split_once("://").map_or(key.trim(), |(_, rest)| rest);
    let (name, path) = name.split_once('/').unwrap_or((name, ""));
    let is_whole = path.is_empty();
    let file = FILES.iter().find_map(|ending| name.strip_suffix(ending)).filter(|host| host.contains('.'));
    let split_port = |mark: char| {
        let (host, port) = name.rsplit_once(mark)?;
        let is_port = (2..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
        (is_port && !host.ends_with('.')).then(|| format!("{host}..{port}"))
    };
    let (meant, is_sure) = match file {
        Some(host) => (host.to_owned(), false),
        None => match split_port(':') {
            Some(meant) => (meant, is_whole),
            None => match split_port('_').or_else(|| split_port('.')) {
                Some(meant) => (meant, false),
                None => (name.to_owned(), is_whole),
            },
        },
    };
    (meant != key && check_key(&meant).is_none()).then_some((meant, is_sure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeyFlaw::*;

    #[test]
    fn keys_are_hosts_and_ports() {
        for (key, flaw, meant) in [
            ("registry.corp", None, None),
            ("Registry.corp..5000", None, None),
            ("registry..443", None, None),
            ("10.0.0.1", None, None),
            ("10.0.0.1..5000", None, None),
            (UPDATE_SERVICE, None, None),
            ("registry.corp:5000", Some(Refused), Some(("registry.corp..5000", true))),
            ("https://registry.corp", Some(Refused), Some(("registry.corp", true))),
            ("https://registry.corp:5000/", Some(Refused), Some(("registry.corp..5000", true))),
            ("registry.corp:5000/team", Some(Refused), Some(("registry.corp..5000", false))),
            ("*.corp", Some(Refused), None),
            ("..corp", Some(Refused), None),
            ("", Some(Refused), None),
            ("a b", Some(Refused), None),
            ("ca-bundle.crt", Some(File), None),
            ("registry.corp.pem", Some(File), Some(("registry.corp", false))),
            ("registry.corp..5000.crt", Some(File), Some(("registry.corp..5000", false))),
            ("registry.corp.5000", Some(NoRegistry), Some(("registry.corp..5000", false))),
            ("10.0.0.1.5000", Some(NoRegistry), Some(("10.0.0.1..5000", false))),
            ("registry.corp_5000", Some(NoRegistry), Some(("registry.corp..5000", false))),
            ("registry.corp...5000", Some(NoRegistry), None),
            ("a..b..5000", Some(NoRegistry), None),
            ("registry.corp..", Some(NoRegistry), None),
            (".registry.corp", Some(NoRegistry), None),
        ] {
            assert_eq!(check_key(key), flaw, "{key}");
            let found = meant_key(key);
            assert_eq!(
                found.as_ref().map(|(key, sure)| (key.as_str(), *sure)).filter(|_| flaw.is_some()),
                meant,
                "{key}"
            );
        }
    }
}
