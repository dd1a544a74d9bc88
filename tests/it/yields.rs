//! One slip gives one finding: a rule is silent about what a more special one says, and speaks where that one is off.

use crate::generated::assert_none;
use crate::harness::{Repository, Run};
use pullwarden::rules;
use pullwarden::rules::rule::Preset;

/// The rules that speak of a text, each with the text that it stands on, where some rules are off.
fn said(text: &str, off: &[&str]) -> Vec<String> {
    let off: Vec<String> = off.iter().map(|id| format!("{id}: off")).collect();
    let rules = if off.is_empty() { String::new() } else { format!("rules: {{{}}}\n", off.join(", ")) };
    let files = [(".pullwarden.yaml", rules.as_str()), ("all.yaml", text)];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    let checked = Repository { files, ..Repository::default() }.check(Run::Preset(Preset::Recommended));
    let open = checked.report.open();
    open.map(|found| format!("{} at {}", found.rule.id, checked.sources.slice(found.span))).collect()
}

const IMAGE: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  additionalTrustedCA: {name: ''}\n";

#[test]
fn the_special_rule_speaks_and_the_general_one_where_it_is_off() {
    let parameter = format!("{IMAGE}  maxScheduledImportsPerMinute: 5\n");
    assert_eq!(said(&parameter, &[]), ["non-configurable-parameter at maxScheduledImportsPerMinute"]);
    assert_eq!(
        said(&parameter, &["non-configurable-parameter"]),
        ["unknown-field at maxScheduledImportsPerMinute"]
    );
    let list = format!("{IMAGE}  registrySources:\n  - blockedRegistries: [a.example]\n");
    assert_eq!(said(&list, &[]), ["wrong-type at blockedRegistries: [a.example]"]);
    assert_eq!(said(&list, &["wrong-type"]), ["unknown-field at blockedRegistries"]);
    let public = format!("{IMAGE}  registrySources:\n    insecureRegistries: [quay.io]\n");
    assert_eq!(said(&public, &[]), ["insecure-public-registry at quay.io"]);
    assert_eq!(said(&public, &["insecure-public-registry"]), ["insecure-external-registry at quay.io"]);
}

const POLICIES: &str = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\nmetadata: {name: old}\n\
                        spec: {repositoryDigestMirrors: [{source: quay.io/a, mirrors: [m.example/a]}]}\n---\n\
                        apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: new}\n\
                        spec: {imageDigestMirrors: [{source: quay.io/b, mirrors: [m.example/b]}]}\n";

#[test]
fn a_finding_that_is_worse_than_usual_does_not_yield() {
    let beside = "icsp-beside-mirror-sets at ImageContentSourcePolicy";
    let deprecated = "deprecated-icsp at ImageContentSourcePolicy";
    assert_eq!(said(POLICIES, &[]), [deprecated]);
    assert_eq!(said(POLICIES, &["deprecated-icsp"]), [beside]);
    // The API server of this release refuses the second one of the two.
    let old = format!("# openshift: 4.14.1\n{POLICIES}");
    let files = vec![("all.yaml".to_owned(), old.into_bytes())];
    let repository = Repository { files, openshift: Some("4.14.1".into()), ..Repository::default() };
    let checked = repository.check(Run::Preset(Preset::Recommended));
    assert!(checked.open().iter().any(|found| found.rule.id == "icsp-beside-mirror-sets"));
}

#[test]
fn a_slip_elsewhere_hides_nothing() {
    let both = format!("{IMAGE}  registrySources: [a.example]\n  blockedRegistry: [a.example]\n");
    assert_eq!(said(&both, &[]), ["wrong-type at [a.example]", "unknown-field at blockedRegistry"]);
}

#[test]
fn rules_yield_to_rules_that_there_are() {
    let mut failures = Vec::new();
    for entry in rules::ALL {
        for other in entry.meta.yields_to {
            let back = rules::find(other).map(|other| other.meta.yields_to.contains(&entry.meta.id));
            match back {
                None => failures.push(format!("{} yields to `{other}`, which is no rule", entry.meta.id)),
                Some(true) => failures.push(format!("{} and {other} yield to each other", entry.meta.id)),
                Some(false) => {}
            }
        }
    }
    assert_none(&failures, "rules that yield");
}
