//! Ranges take what Helm's `semverCompare` takes, whose answers are written down.

use helm::{Range, Version};

/// What Helm reads otherwise: it takes `10.1||1-alpha.1` for one number before it divides alternatives.
const KNOWN: &[&str] = &["10.1||1-alpha.1 - 1.1.10"];

const ANSWERS: &str = include_str!("../real/ranges.tsv");

#[test]
fn ranges_take_what_helm_takes() {
    let mut differences = Vec::new();
    for line in ANSWERS.lines() {
        let [range, version, answer] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let ours = match (Range::parse(range), Version::parse(version)) {
            (Some(range), Some(version)) => range.contains(&version).to_string(),
            _ => "error".to_owned(),
        };
        if KNOWN.contains(&range) == (ours == answer) {
            differences.push(format!("{range:?} {version:?}: Helm: {answer}, here: {ours}"));
        }
    }
    assert!(ANSWERS.lines().count() > 1_000);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
