//! Adds the units that are made for one Application or object of Flux: rendered charts, and builds that Flux changes.
//! The result may contain further Applications and objects of Flux, so this runs in rounds.

use super::charts::Charts;
use super::flux::Flux;
use super::stage::Stage;
use super::units::Units;

/// The maximum number of rounds.
const MAX_DEPTH: usize = 8;

/// Adds rendered charts and the builds of Flux to `units`.
pub(super) fn add(stage: &Stage<'_, '_>, units: &mut Units) {
    let mut charts = Charts::new(stage);
    charts.configured(units);
    let mut flux = Flux::new(stage);
    let mut waiting = Vec::new();
    let mut next = 0;
    for _ in 0..MAX_DEPTH {
        waiting.extend(next..units.found.len());
        next = units.found.len();
        if waiting.is_empty() {
            break;
        }
        let ready = flux.round(units, &mut waiting);
        let releases = flux.releases(units, &ready);
        charts.round(units, &ready, releases);
    }
    waiting.extend(next..units.found.len());
    Charts::leave(units, &waiting);
    flux.leave(units, &waiting);
    charts.unused(units);
    charts.finish(units);
    flux.finish(units);
}
