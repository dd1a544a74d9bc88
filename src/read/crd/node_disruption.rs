//! `operator.openshift.io/v1` `MachineConfiguration`: the user's choice of what a changed file, unit or key does to nodes.
//!
//! Source: openshift/api `operator/v1/types_machineconfiguration.go`.

use super::string;
use crate::source::{Span, Spanned};
use crate::yaml::Node;

/// `spec.nodeDisruptionPolicy` of a `MachineConfiguration`.
#[derive(Clone, Debug, Default)]
pub struct NodeDisruption {
    /// What a changed file does, by the path of the file or of a directory.
    pub files: Vec<DisruptionPolicy>,
    /// What a changed unit does, by its name.
    pub units: Vec<DisruptionPolicy>,
    /// What a changed SSH key does.
    pub ssh_key: Option<Vec<NodeAction>>,
}

/// What a change of one file or unit does.
#[derive(Clone, Debug)]
pub struct DisruptionPolicy {
    /// The path or the name.
    pub name: Spanned<String>,
    /// The actions; the node does all of them.
    pub actions: Vec<NodeAction>,
}

/// An action of a node after a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeAction {
    /// Nothing.
    None,
    /// systemd reads its units again.
    DaemonReload,
    /// A unit reloads its configuration.
    Reload(String),
    /// A unit is restarted.
    Restart(String),
    /// CRI-O reloads its configuration; the node is drained first, unless the change of `registries.conf` is safe.
    Special,
    /// Pods leave the node.
    Drain,
    /// The node is drained and reboots.
    Reboot,
}

impl NodeAction {
    /// Its name in the daemon's log: `Reload:crio.service`.
    pub fn name(&self) -> String {
        match self {
            NodeAction::None => "None".into(),
            NodeAction::DaemonReload => "DaemonReload".into(),
            NodeAction::Reload(unit) => format!("Reload:{unit}"),
            NodeAction::Restart(unit) => format!("Restart:{unit}"),
            NodeAction::Special => "Special".into(),
            NodeAction::Drain => "Drain".into(),
            NodeAction::Reboot => "Reboot".into(),
        }
    }
}

impl NodeDisruption {
    pub(super) fn read(spec: Option<Node<'_>>) -> Self {
        let policy = spec.and_then(|spec| spec.get("nodeDisruptionPolicy"));
        let list = |key: &str, name: &str| -> Vec<DisruptionPolicy> {
            let entries = policy.and_then(|policy| policy.get(key)).into_iter().flat_map(Node::items);
            let read = entries.filter_map(|entry| {
                Some(DisruptionPolicy { name: string(entry.get(name)?)?, actions: actions(entry)? })
            });
            read.collect()
        };
        Self {
            files: list("files", "path"),
            units: list("units", "name"),
            ssh_key: policy.and_then(|policy| policy.get("sshkey")).and_then(actions),
        }
    }

    /// The places of its paths and names.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        self.files.iter().chain(&self.units).map(|policy| policy.name.span)
    }
}

/// The actions of an entry; `None` if one of them does not exist, since the API server then refuses the object.
fn actions(entry: Node<'_>) -> Option<Vec<NodeAction>> {
    entry.get("actions")?.items().map(action).collect()
}

fn action(node: Node<'_>) -> Option<NodeAction> {
    let unit = |key: &str| node.get(key)?.get_str("serviceName").map(str::to_owned);
    Some(match node.get_str("type")? {
        "None" => NodeAction::None,
        "DaemonReload" => NodeAction::DaemonReload,
        "Reload" => NodeAction::Reload(unit("reload")?),
        "Restart" => NodeAction::Restart(unit("restart")?),
        "Drain" => NodeAction::Drain,
        "Reboot" => NodeAction::Reboot,
        _ => return None,
    })
}
