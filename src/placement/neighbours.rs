//! Keeps the objects beside image configuration that matter: those that it refers to, and real credentials.

use super::found::Found;
use crate::model::Resource;
use crate::model::trusted_ca::{NAMESPACE, without_hash};
use crate::read::crd::Typed;
use crate::read::discover::{self, RENDERED};
use crate::read::manifest::SAMPLES;
use crate::source::{Sources, Span};
use std::collections::HashSet;

/// Removes every `ConfigMap` that neither an `Image` nor a `mirrorRegistryRef` can refer to, and credentials in tests
/// and documents. No report shows secrets.
pub(super) fn retain(units: &mut [Found], sources: &mut Sources) {
    let mut named: HashSet<String> = HashSet::new();
    for resource in units.iter().flat_map(Found::resources) {
        for secret in resource.typed.secrets() {
            sources.hide(secret);
        }
        if let Typed::Image(image) = &resource.typed {
            named.extend(image.additional_trusted_ca.as_ref().map(|name| name.value.clone()));
        }
        if let Typed::MirrorReference(Some(reference)) = &resource.typed {
            named.insert(reference.name.value.clone());
        }
    }
    let is_meant = |resource: &Resource| match &resource.typed {
        Typed::ConfigMap(_) => {
            let is_named = |name: &str| named.contains(name);
            // Such a `ConfigMap` was only read because the settings of nodes are wanted.
            resource.is_about_nodes_alone()
                || resource.identity().namespace == NAMESPACE
                || is_named(resource.name())
                || without_hash(resource.name()).is_some_and(is_named)
        }
        Typed::PullSecret(secret) => {
            let file = sources.get(resource.manifest.file());
            // A rendering command may print decrypted text that is in no file.
            let is_in_git =
                |span: Span| sources.get(span.file).is_none_or(|file| !file.name.ends_with(RENDERED));
            !secret.leaks.is_empty()
                && resource.typed.secrets().into_iter().all(is_in_git)
                && !file.is_some_and(|file| is_sample(&file.name))
        }
        _ => true,
    };
    for unit in units {
        unit.here.retain(|resource| is_meant(resource));
        unit.elsewhere.retain(|part| is_meant(&part.resource));
    }
}

/// Whether a file is in a directory of test data, examples or documentation, where passwords are fictional.
fn is_sample(name: &str) -> bool {
    const BESIDE: [&str; 8] = ["test", "tests", "testing", "e2e", "mocks", "demo", "doc", "docs"];
    let is = |part: &str| SAMPLES.iter().chain(&BESIDE).any(|known| part.eq_ignore_ascii_case(known));
    discover::directory(name).split('/').any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_lie_in_directories_that_say_so() {
        assert!(
            is_sample("test/cli/secret.yaml")
                && is_sample("pkg/Testdata/a.yaml")
                && is_sample("docs/a/b.yaml")
        );
        assert!(
            !is_sample("tests.yaml") && !is_sample("clusters/test-1/secret.yaml") && !is_sample("a.yaml")
        );
    }
}
