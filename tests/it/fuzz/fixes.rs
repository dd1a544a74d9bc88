//! All fixes of documents that are nearly those of the fixtures: what comes of them can be read as well as before, there
//! is an end to them, and line ends of Windows change nothing but line ends.

use super::{Files, check, manifest, mutated, run};
use pullwarden::finding::{self, Fix};
use pullwarden::source::FileId;
use pullwarden::yaml;

/// More passes than these are not needed by any text.
const PASSES: usize = 16;

#[test]
fn fixes_of_random_manifests_end_and_stay_readable() {
    run(
        "fixes",
        1_000,
        |random| {
            let text = manifest(random);
            vec![("a.yaml".to_owned(), mutated(random, &text).into_bytes())]
        },
        end_well,
    );
}

fn end_well(files: &Files) -> Result<(), String> {
    let Some((_, text)) = files.first() else { return Ok(()) };
    let text = String::from_utf8_lossy(text).into_owned();
    let fixed = fixed(&text)?;
    if text.contains('\r') || fixed == text {
        return Ok(());
    }
    for end in ["\r\n", "\r"] {
        let other = self::fixed(&text.replace('\n', end))?.replace(end, "\n");
        if other != fixed {
            return Err(format!("line ends {end:?} change the fix\n{fixed}\n---- and not\n{other}"));
        }
    }
    Ok(())
}

/// What all fixes make of a text, again and again until there are none.
fn fixed(text: &str) -> Result<String, String> {
    let mut text = text.to_owned();
    for _ in 0..PASSES {
        let checked = check(&vec![("a.yaml".to_owned(), text.clone().into_bytes())]);
        let is_here = |fix: &&Fix| {
            fix.edits
                .iter()
                .all(|edit| checked.sources.get(edit.span.file).is_some_and(|source| source.name == "a.yaml"))
        };
        let offered = checked.report.open().filter_map(|diagnostic| diagnostic.fix.as_ref()).filter(is_here);
        let together = finding::together(offered);
        let Some(first) = together.edits.first() else { return Ok(text) };
        let source = checked.sources.get(first.span.file).ok_or("a fix of a text that is not kept")?;
        let after = finding::apply_edits(&source.text, &together.edits);
        if after == *source.text {
            return Ok(text);
        }
        if broken(&after) > broken(&source.text) {
            return Err(format!("no longer YAML:\n{after}"));
        }
        text = after;
    }
    Err(format!("there is no end to the fixes:\n{text}"))
}

/// How many documents of a text cannot be read.
fn broken(text: &str) -> usize {
    let mut broken = 0;
    yaml::parse(FileId(0), &text.into(), |parsed| broken += usize::from(parsed.is_err()));
    broken
}
