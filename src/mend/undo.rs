//! Fixes that have a build of kustomize refused: something there counts on the text that they change.

use super::{MendedFile, New};
use crate::diagnostic::Diagnostic;
use crate::discover::{Input, Origin};
use crate::fix::Fix;
use crate::rules::kustomization::REFUSED_KUSTOMIZATION;
use crate::source::{FileId, Sources};
use crate::triage::Report;
use std::collections::{BTreeMap, BTreeSet};

/// Why a file is left alone.
pub(super) const BREAKS: &str =
    "is left alone: a kustomization that reads it could not be built any more after its fix";

/// Of more than so many groups of files, nobody looks for the one that is to blame.
const MAX_GROUPS: usize = 24;

/// The builds that are refused.
pub(super) fn refused(report: &Report, sources: &Sources) -> BTreeSet<(String, String)> {
    let refused =
        report.diagnostics.iter().filter(|diagnostic| diagnostic.rule.id == REFUSED_KUSTOMIZATION.id);
    refused
        .map(|diagnostic| {
            let name = sources.get(diagnostic.span.file).map(|source| source.name.clone());
            (name.unwrap_or_default(), diagnostic.message.clone())
        })
        .collect()
}

/// How everything was before a pass, and what the pass changed.
pub(super) struct Pass {
    pub(super) inputs: Vec<Input>,
    pub(super) files: BTreeMap<String, MendedFile>,
    /// The builds that were refused then.
    pub(super) refused: BTreeSet<(String, String)>,
    /// The numbers of the inputs that changed together, and their new texts.
    groups: Vec<BTreeMap<usize, String>>,
}

impl Pass {
    pub(super) fn new(
        inputs: &[Input],
        files: &BTreeMap<String, MendedFile>,
        refused: BTreeSet<(String, String)>,
        taken: &[(&Diagnostic, &Fix)],
        texts: &[New],
    ) -> Self {
        let mut groups: Vec<BTreeSet<FileId>> = Vec::new();
        for (_, fix) in taken {
            let mut group: BTreeSet<FileId> = fix.edits.iter().map(|edit| edit.span.file).collect();
            groups.retain(|other| {
                let is_apart = other.is_disjoint(&group);
                if !is_apart {
                    group.extend(other);
                }
                is_apart
            });
            groups.push(group);
        }
        let of_group = |group: &BTreeSet<FileId>| {
            let texts = texts.iter().filter(|text| group.contains(&text.file));
            texts.map(|text| (text.number, text.after.clone())).collect()
        };
        Self {
            inputs: inputs.to_vec(),
            files: files.clone(),
            refused,
            groups: groups.iter().map(of_group).collect(),
        }
    }

    /// The names of the files that are to blame for builds that are refused now. `refused_with` says which are with
    /// other inputs.
    pub(super) fn blame<E>(
        &self,
        refused_with: impl Fn(&[Input]) -> Result<BTreeSet<(String, String)>, E>,
    ) -> Result<BTreeSet<String>, E> {
        let mut blamed = BTreeSet::new();
        for group in self.groups.iter().filter(|_| (2..=MAX_GROUPS).contains(&self.groups.len())) {
            let mut inputs = self.inputs.clone();
            for (number, after) in group {
                inputs[*number].origin = Origin::Text(after.clone().into_bytes());
            }
            if !refused_with(&inputs)?.is_subset(&self.refused) {
                blamed.extend(group.keys().map(|number| inputs[*number].name.clone()));
            }
        }
        if blamed.is_empty() {
            let all = self.groups.iter().flat_map(BTreeMap::keys);
            blamed.extend(all.map(|number| self.inputs[*number].name.clone()));
        }
        Ok(blamed)
    }
}
