//! Files, or parts of files, that are made from code: compared, or rewritten under `BLESS=1`.

use std::path::{Path, PathBuf};

/// Whether generated text is to be rewritten instead of compared.
pub(crate) fn bless() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| !value.is_empty() && value != "0")
}

/// The package's directory.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `path` relative to the package, with `/`.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Compares a file with what it should be, or writes it. A difference is told, not panicked with, so that a test can
/// tell all of them.
pub(crate) fn expect(path: &Path, wanted: &str, failures: &mut Vec<String>) {
    let there = std::fs::read(path).ok();
    if there.as_deref() == Some(wanted.as_bytes()) {
        return;
    }
    if bless() {
        std::fs::create_dir_all(path.parent().expect("a file in a directory"))
            .expect("a directory to write to");
        std::fs::write(path, wanted).unwrap_or_else(|error| panic!("cannot write {}: {error}", shown(path)));
        return;
    }
    let there = there.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    failures.push(match there {
        None => format!("{}: missing; `BLESS=1 cargo test` writes it", shown(path)),
        Some(there) => format!(
            "{}: not what the code says; `BLESS=1 cargo test` rewrites it\n{}",
            shown(path),
            first_difference(&there, wanted)
        ),
    });
}

/// The first line in which two texts differ.
pub(crate) fn first_difference(there: &str, wanted: &str) -> String {
    let (mut left, mut right) = (there.split('\n'), wanted.split('\n'));
    let mut number = 1;
    loop {
        match (left.next(), right.next()) {
            (None, None) => return "  no difference".into(),
            (there, wanted) if there == wanted => number += 1,
            (there, wanted) => {
                let line = |text: Option<&str>| text.map_or("(the end)".into(), |text| format!("{text:?}"));
                return format!("  line {number}\n    there:  {}\n    wanted: {}", line(there), line(wanted));
            }
        }
    }
}

/// Fails with everything that was collected.
pub(crate) fn assert_none(failures: &[String], about: &str) {
    assert!(failures.is_empty(), "{about}: {} failed\n\n{}\n", failures.len(), failures.join("\n\n"));
}
