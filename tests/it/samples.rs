//! The product document's own samples: each, as a stream, gives the diagnostics that it deserves and no other.

use crate::generated;
use crate::harness::{Repository, Run};
use pullwarden::rules::rule::Preset;
use std::fmt::Write;

#[test]
fn product_samples_get_what_they_deserve() {
    let directory = generated::root().join("fixtures/repos/product-samples");
    let entries =
        std::fs::read_dir(&directory).expect("the samples").map(|entry| entry.expect("an entry").path());
    let mut samples: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    samples.sort();
    let mut said = String::new();
    for sample in samples {
        let name = sample.file_name().expect("a name").to_string_lossy().into_owned();
        let files = vec![("<stdin>".to_owned(), std::fs::read(&sample).expect("a sample"))];
        let checked = Repository { files, ..Repository::default() }.check(Run::Preset(Preset::Recommended));
        writeln!(said, "{name}").expect("a string");
        for diagnostic in &checked.report.diagnostics {
            let source = checked.sources.get(diagnostic.span.file).expect("its text");
            let line = source.position(diagnostic.span.start).line;
            writeln!(
                said,
                "  {line}: {} {}: {}",
                diagnostic.severity, diagnostic.rule.id, diagnostic.message
            )
            .expect("a string");
        }
    }
    let mut failures = Vec::new();
    generated::expect(&directory.join("expected.txt"), &said, &mut failures);
    generated::assert_none(&failures, "product samples");
}
