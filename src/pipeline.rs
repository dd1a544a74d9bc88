//! The way from inputs to a report, without the files and the streams at its ends: what `pullwarden check` does
//! between the walk and the writing, and what everything else does that wants to know what a check would say.

use crate::baseline;
use crate::carrier;
use crate::config::{self, Settings};
use crate::discover::{Input, WalkError};
use crate::engine;
use crate::layout;
use crate::manifest::{self, Broken, BrokenWhat};
use crate::model::{Repo, Resource};
use crate::source::{Source, Sources, Span};
use crate::triage::{self, Report};

/// What there is to look at.
#[derive(Debug, Default)]
pub struct Walked {
    /// The texts, sorted by name.
    pub inputs: Vec<Input>,
    /// What could not be looked at.
    pub errors: Vec<WalkError>,
}

impl From<(Vec<Input>, Vec<WalkError>)> for Walked {
    fn from((inputs, errors): (Vec<Input>, Vec<WalkError>)) -> Self {
        Self { inputs, errors }
    }
}

/// Checks everything that was walked. The texts that the report speaks of join `sources`.
pub fn check(mut walked: Walked, settings: &mut Settings, sources: &mut Sources) -> Report {
    leave_out(&mut walked, settings);
    settings.check_globs(&walked.inputs.iter().map(|input| input.name.as_str()));
    let repo = read(walked, settings, sources);
    let found = engine::run(&repo, &settings.rules, sources);
    triage::apply(found, &repo, settings, sources)
}

/// Everything before the rules: from inputs to the clusters that they reach.
pub fn read(mut walked: Walked, settings: &Settings, sources: &mut Sources) -> Repo {
    leave_out(&mut walked, settings);
    let loaded = manifest::load(&walked.inputs, sources);
    let mut broken = loaded.broken;
    for error in walked.errors {
        let file = sources.add(Source::new(error.name, "".into()));
        broken.push(Broken { span: Span::new(file, 0, 0), what: BrokenWhat::File(error.message) });
    }
    let resources: Vec<Resource> =
        carrier::unwrap(loaded.manifests).into_iter().filter_map(Resource::read).collect();
    let image_resources = resources.iter().filter(|resource| resource.is_image_configuration()).count();
    let clusters = layout::place(resources, &settings.known, sources);
    Repo { clusters, broken, image_resources, templates: loaded.templates, files: loaded.files }
}

/// Leaves out what the configuration excludes, the configuration itself, and the baseline.
fn leave_out(walked: &mut Walked, settings: &Settings) {
    let baseline = settings.baseline.as_ref().map_or(baseline::NAME, |baseline| baseline.name.as_str());
    walked.inputs.retain(|input| {
        let name = input.name.as_str();
        let is_ours = config::NAMES.contains(&name) || [baseline, baseline::NAME].contains(&name);
        !is_ours && !settings.exclude.is_match(name)
    });
}
