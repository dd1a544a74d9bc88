//! Decodes the files of `MachineConfig`s that configure registries.

use super::cluster::Cluster;
use crate::machine::budget;
use crate::machine::guard;
use crate::read::crd::machine_config::{MAX_CONTENTS, MAX_DECODED};
use crate::read::crd::{Decoding, FileBudget, Typed};
use crate::read::manifest::{Broken, BrokenWhat};

/// Decodes them one after the other, so that a limit leaves out the same files in every run. Returns what it leaves out. The
/// decoded bytes are charged to `run`.
pub fn read(clusters: &[Cluster], run: &budget::Budget) -> Vec<Broken> {
    let most = run.left().min(MAX_DECODED);
    let mut budget = FileBudget::of(most);
    let mut broken = Vec::new();
    let mut is_reached = false;
    for resource in clusters.iter().flat_map(Cluster::resources) {
        let Typed::MachineConfig(config) = &resource.typed else { continue };
        if config.is_generated() {
            continue;
        }
        let decoded = guard::part("node files", || config.decode(resource.manifest.root(), &mut budget));
        let decoded = decoded.unwrap_or_else(|fault| {
            broken.push(Broken { span: resource.span(), what: BrokenWhat::Fault(fault) });
            Vec::new()
        });
        for (file, decoding) in decoded {
            let what = match decoding {
                Decoding::Done => continue,
                Decoding::TooLarge => BrokenWhat::File(format!(
                    "the contents of `{}` exceed pullwarden's limit of {} MiB for a file on nodes",
                    file.path.value,
                    MAX_CONTENTS >> 20
                )),
                Decoding::OverBudget if is_reached => continue,
                Decoding::OverBudget => {
                    is_reached = true;
                    if most < MAX_DECODED {
                        BrokenWhat::TooMuch
                    } else {
                        BrokenWhat::File(format!(
                            "the files of MachineConfigs exceed pullwarden's limit of {} MiB in one run from here on",
                            MAX_DECODED >> 20
                        ))
                    }
                }
            };
            broken.push(Broken { span: file.path.span, what });
        }
    }
    run.take(most - budget.left());
    broken
}
