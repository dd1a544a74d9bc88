//! Why a file is not checked by itself, in words.

use super::human::counted;
use crate::check::triage::Report;
use crate::machine::terminal::escape;
use crate::model::NotRead;
use std::io::{self, Write};

/// The reason, as it stands behind the name of the file.
pub(super) fn words(why: NotRead) -> String {
    let (templates, patches) = match why {
        NotRead::Documents { templates, patches } => (templates, patches),
        NotRead::Template => {
            return "a template that names image configuration, and is not YAML without its tags".to_owned();
        }
        NotRead::Hidden => {
            return "names image configuration; Git tracks it, though an ignore list hides it".to_owned();
        }
        NotRead::Dependencies(1) => {
            return "rendered without 1 dependency that is not in this repository".to_owned();
        }
        NotRead::Dependencies(count) => {
            return format!("rendered without {count} dependencies that are not in this repository");
        }
    };
    let are = if templates == 1 { "is" } else { "are" };
    let of_templates = (templates > 0)
        .then(|| format!("{} that {are} not YAML without template tags", counted(templates, "document")));
    let of_patches = (patches > 0).then(|| {
        let s = if patches == 1 { "" } else { "es" };
        format!("{patches} patch{s} that no kustomization here uses")
    });
    of_templates.into_iter().chain(of_patches).collect::<Vec<_>>().join(", ")
}

/// Writes a line for each file that is not checked.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.left_alone.is_empty() {
        return Ok(());
    }
    writeln!(out, "left alone:")?;
    for left in &report.left_alone {
        writeln!(out, "  {}: {}", escape(&left.file), words(left.why))?;
    }
    Ok(())
}
