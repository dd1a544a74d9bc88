//! The reaction of nodes to a changed file: the operator's table for each release, and the policies of users.
//!
//! Sources: MCO `pkg/apihelpers/apihelpers.go` (the defaults, and how users' policies are merged with them),
//! `pkg/controller/common/helpers.go` (`FindClosestFilePolicyPathMatch`), `pkg/daemon/update.go` of release-4.16
//! (`calculatePostConfigChangeActionFromMCDiffs`).

use crate::model::Cluster;
use crate::node::{NAMESPACED_POLICIES, POLICY_JSON, REGISTRIES_CONF};
use crate::openshift::{CREDENTIAL_PROVIDER_RESTARTS, NAMESPACED_POLICY_RELOADS, NODE_DISRUPTION_POLICIES};
use crate::read::crd::{Neighbour, NodeAction};
use crate::source::Span;
use std::collections::BTreeMap;

/// The unit of the container runtime.
pub(super) const CRIO: &str = "crio.service";
/// A key for simple signatures; its directory has no policy.
const GPG_KEY: &str = "/etc/machine-config-daemon/no-reboot/containers-gpg.pub";
/// The certificates of the proxy that every node trusts.
const USER_CA: &str = "/etc/pki/ca-trust/source/anchors/openshift-config-user-ca-bundle.crt";

/// The policy that decides about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// The operator's table.
    Operator,
    /// A policy of the user, with the place of its path or name.
    User(Span),
    /// None: the node then reboots.
    Nobody,
}

/// The reactions to changes on a cluster.
#[derive(Debug)]
pub(super) struct Table {
    files: BTreeMap<String, (Vec<NodeAction>, Decider)>,
    units: BTreeMap<String, (Vec<NodeAction>, Decider)>,
    users: Vec<NodeAction>,
    /// Whether the table is built into the code, where changes of `registries.conf` have no action of their own.
    pub(super) is_code: bool,
}

impl Table {
    /// The table for a cluster after its change is applied.
    pub(super) fn of(cluster: &Cluster) -> Self {
        let version = cluster.version();
        // The daemons of hosted clusters use the old table in every release.
        let is_code = version < NODE_DISRUPTION_POLICIES || cluster.is_hosted();
        let reload = || vec![NodeAction::Reload(CRIO.into())];
        let registries = if is_code { reload() } else { vec![NodeAction::Special] };
        let restart = |units: &[&str]| units.iter().map(|unit| NodeAction::Restart((*unit).into())).collect();
        let mut defaults = vec![
            (REGISTRIES_CONF, registries),
            (POLICY_JSON, reload()),
            ("/etc/containers/registries.d", reload()),
            (USER_CA, restart(&["coreos-update-ca-trust.service", CRIO])),
            (GPG_KEY, reload()),
            ("/var/lib/kubelet/config.json", vec![NodeAction::None]),
            ("/etc/nmstate/openshift", vec![NodeAction::None]),
        ];
        if is_code {
            defaults.push(("/etc/kubernetes/kubelet-ca.crt", vec![NodeAction::None]));
        }
        if !is_code && version >= NAMESPACED_POLICY_RELOADS {
            defaults.push((NAMESPACED_POLICIES, reload()));
        }
        if !is_code && version >= CREDENTIAL_PROVIDER_RESTARTS {
            defaults.push(("/etc/kubernetes/credential-providers", restart(&["kubelet.service"])));
        }
        let files =
            defaults.into_iter().map(|(path, actions)| (path.to_owned(), (actions, Decider::Operator)));
        let mut table =
            Self { files: files.collect(), units: BTreeMap::new(), users: vec![NodeAction::None], is_code };
        if is_code {
            return table;
        }
        let policies = cluster.neighbours().filter(|(resource, _)| resource.name() == "cluster");
        let policy = policies.filter_map(|(_, neighbour)| match neighbour {
            Neighbour::NodeDisruption(policy) => Some(policy),
            _ => None,
        });
        if let Some(policy) = policy.last() {
            let of = |policies: &[crate::read::crd::DisruptionPolicy]| -> Vec<_> {
                let said = policies.iter().map(|policy| {
                    let decider = Decider::User(policy.name.span);
                    (policy.name.value.clone(), (policy.actions.clone(), decider))
                });
                said.collect()
            };
            table.files.extend(of(&policy.files));
            table.units.extend(of(&policy.units));
            if let Some(actions) = &policy.ssh_key {
                table.users.clone_from(actions);
            }
        }
        table
    }

    /// Adds a policy by which a change of the file reloads CRI-O.
    pub(super) fn reload(&mut self, path: &str) {
        let actions = vec![NodeAction::Reload(CRIO.into())];
        self.files.insert(path.to_owned(), (actions, Decider::Operator));
    }

    /// The reaction to a change of the file: that of the policy with the longest path that is the file or a directory around
    /// it.
    pub(super) fn of_file(&self, path: &str) -> (Vec<NodeAction>, Decider) {
        let mut at = path;
        while !at.is_empty() {
            if let Some(found) = self.files.get(at) {
                return found.clone();
            }
            let directory = at.rsplit_once('/').map_or("", |(directory, _)| directory);
            // The code considers only the file and its directory.
            if self.is_code && at != path {
                break;
            }
            at = directory;
        }
        (vec![NodeAction::Reboot], Decider::Nobody)
    }

    /// The reaction to a change of the unit.
    pub(super) fn of_unit(&self, name: &str) -> (Vec<NodeAction>, Decider) {
        self.units.get(name).cloned().unwrap_or((vec![NodeAction::Reboot], Decider::Nobody))
    }

    /// The reaction to a change of users' keys.
    pub(super) fn of_users(&self) -> (Vec<NodeAction>, Decider) {
        (self.users.clone(), Decider::Operator)
    }
}
