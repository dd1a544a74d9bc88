//! The destinations of reports: a file for each, or standard output, where several formats can be combined.

use super::Error;
use crate::cli::ReportTo;
use crate::machine::terminal::shown;
use std::path::{Path, PathBuf};

/// Refuses two reports in one file, and a document together with another report on standard output.
pub(super) fn one_writer_each<F: Copy>(
    reports: &[ReportTo<F>],
    is_document: impl Fn(F) -> bool,
) -> Result<(), Error> {
    let places: Vec<Option<PathBuf>> = reports.iter().map(|to| to.file.as_deref().map(real)).collect();
    for (index, to) in reports.iter().enumerate() {
        let clash = reports[..index].iter().zip(&places).find(|(other, place)| {
            **place == places[index]
                && (to.file.is_some() || is_document(to.format) || is_document(other.format))
        });
        if clash.is_some() {
            let place = to.file.as_ref().map_or("standard output".to_owned(), |file| shown(file));
            return Err(Error::Failed(format!(
                "two reports go to {place}; give each a file of its own, as in `--report sarif=out.sarif`"
            )));
        }
    }
    Ok(())
}

/// A file by the same path, however it is written. The file itself may be a link, which a report replaces.
fn real(file: &Path) -> PathBuf {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (directory.canonicalize(), file.file_name()) {
        (Ok(directory), Some(name)) => directory.join(name),
        // Nothing can be written there. The report itself gives the error.
        _ => file.to_path_buf(),
    }
}
