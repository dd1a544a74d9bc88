//! Which of the objects beside image configuration matter: only those that it names, and credentials that are meant.

use crate::crd::Typed;
use crate::model::Resource;
use crate::model::trusted_ca::NAMESPACE;
use crate::source::Sources;
use std::collections::HashSet;

/// Leaves out every `ConfigMap` that no `Image` can mean, and credentials of tests and documents.
pub fn retain(resources: &mut Vec<Resource>, sources: &Sources) {
    let named: HashSet<String> = resources
        .iter()
        .filter_map(|resource| match &resource.typed {
            Typed::Image(image) => Some(image.additional_trusted_ca.as_ref()?.value.clone()),
            _ => None,
        })
        .collect();
    resources.retain(|resource| match &resource.typed {
        Typed::ConfigMap(_) => resource.identity().namespace == NAMESPACE || named.contains(resource.name()),
        Typed::PullSecret(secret) => {
            let file = sources.get(resource.manifest.file());
            !secret.leaks.is_empty() && !file.is_some_and(|file| is_sample(&file.name))
        }
        _ => true,
    });
}

/// Whether a file lies in a directory of test data, examples or documents, where passwords are made up.
fn is_sample(name: &str) -> bool {
    const DIRECTORIES: [&str; 15] = [
        "test",
        "tests",
        "testdata",
        "testing",
        "test-data",
        "e2e",
        "fixtures",
        "mocks",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "doc",
        "docs",
    ];
    let directories = name.rsplit_once('/').map_or("", |(directories, _)| directories);
    directories.split('/').any(|part| DIRECTORIES.iter().any(|known| part.eq_ignore_ascii_case(known)))
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
