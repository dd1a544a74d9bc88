//! The section `render` of the configuration: commands that render directories. A wrong entry is reported, and the
//! others are used.

use super::Reader;
use super::form::RenderConfig;
use crate::machine::exec::{self, Render};
use crate::placement::Known;
use crate::read::crd::schema::nearest;
use crate::rules::settings::INVALID_SETTING;
use crate::source::Spanned;
use std::time::Duration;

/// The largest limit of time for a command, in seconds.
const MAX_SECONDS: u64 = 3600;

/// How to write the directory of a command.
const INSIDE: &str =
    "`root` is relative to the directory of the configuration, and a command runs nowhere else";

impl Reader {
    /// The command of an entry, if the entry is valid.
    pub(super) fn render(&mut self, entry: &Spanned<RenderConfig>, known: &Known) -> Option<Render> {
        let config = &entry.value;
        let (Some(root), Some(command)) = (&config.root, &config.command) else {
            // A field that could not be read is reported already.
            let is_said = self.problems.iter().any(|(_, finding)| entry.span.contains(finding.span));
            let missing = if config.root.is_none() { "root" } else { "command" };
            if !is_said {
                self.problem(&INVALID_SETTING, entry.span, format!("`{missing}` is missing")).help(
                    "`root` names the directory, `command` the program that renders it and its arguments, as a list",
                );
            }
            return None;
        };
        if command.value.first().is_none_or(String::is_empty) {
            self.problem(&INVALID_SETTING, command.span, "this names no program")
                .help("write a program and its arguments, as in `[kustomize, build, .]`");
            return None;
        }
        let root = self.inside(root, INSIDE)?;
        let cluster = config.cluster.as_ref().and_then(|name| self.cluster(name, known));
        Some(Render {
            root,
            command: command.clone(),
            cluster: cluster.map(|number| known.clusters[number].name.clone()),
            timeout: self.timeout(config.timeout_seconds.as_ref()),
        })
    }

    /// The number of the cluster with this name.
    pub(super) fn cluster(&mut self, name: &Spanned<String>, known: &Known) -> Option<usize> {
        let names = || known.clusters.iter().map(|cluster| cluster.name.as_str());
        let found = names().position(|known| known == name.value);
        if found.is_none() {
            let message = format!("there is no cluster `{}` under `clusters`", name.value);
            self.problem(&INVALID_SETTING, name.span, message).help(match nearest(&name.value, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name it there, with what is known of it".to_owned(),
            });
        }
        found
    }

    fn timeout(&mut self, seconds: Option<&Spanned<u64>>) -> Duration {
        match seconds {
            Some(seconds) if !(1..=MAX_SECONDS).contains(&seconds.value) => {
                self.problem(
                    &INVALID_SETTING,
                    seconds.span,
                    format!("a command may take 1 to {MAX_SECONDS} seconds, not {}", seconds.value),
                );
                exec::TIMEOUT
            }
            Some(seconds) => Duration::from_secs(seconds.value),
            None => exec::TIMEOUT,
        }
    }
}
