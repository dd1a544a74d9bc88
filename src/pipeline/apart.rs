//! The files of a walk that a check does not read as inputs, and how they come back for the next check of the same walk.

use super::Walked;
use crate::check::baseline;
use crate::config::{self, Settings};
use crate::read::discover::{self, Input, Origin};

/// What a run takes out of the inputs before it reads them.
pub(super) struct Apart {
    /// Files that are not checked, and documents.
    inputs: Vec<Input>,
    /// The documents that are no inputs.
    documents: Vec<Input>,
}

impl Apart {
    /// Takes out the files that are not checked. Also returns the documents to read.
    pub(super) fn take(walked: &mut Walked, settings: &Settings) -> (Self, Vec<Input>) {
        let mut inputs = leave_out(walked, settings);
        let documents = walked.documents.clone();
        let mut read = Vec::new();
        if settings.docs {
            inputs.extend(walked.inputs.iter().filter(|input| discover::is_document(&input.name)).cloned());
            read = walked.take_documents();
        }
        (Self { inputs, documents }, read)
    }
}

impl Walked {
    /// The inputs as they were before a run, without the texts of streams and without hidden files, which are counted once.
    pub(super) fn restored(self, apart: Apart) -> Self {
        let mut inputs = self.inputs;
        inputs.extend(apart.inputs);
        inputs.sort_by(|a, b| a.name.cmp(&b.name));
        for input in &mut inputs {
            if let Origin::Text(text) = &mut input.origin {
                *text = Vec::new();
            }
        }
        Self { inputs, documents: apart.documents, hidden: Vec::new(), ..self }
    }
}

/// Leaves out the files that are not checked. Returns those among the inputs.
fn leave_out(walked: &mut Walked, settings: &Settings) -> Vec<Input> {
    let Walked { inputs, templates, documents, hidden, .. } = walked;
    for beside in [templates, documents, hidden] {
        beside.retain(|input| !is_left_out(&input.name, settings));
    }
    inputs.extract_if(.., |input| is_left_out(&input.name, settings)).collect()
}

/// Whether a file is one that the configuration excludes, the configuration itself, or the baseline.
pub(super) fn is_left_out(name: &str, settings: &Settings) -> bool {
    let baseline = settings.baseline.as_ref().map_or(baseline::NAME, |baseline| baseline.name.as_str());
    let is_ours = config::NAMES.contains(&name) || [baseline, baseline::NAME].contains(&name);
    is_ours || settings.exclude.is_match(name)
}
