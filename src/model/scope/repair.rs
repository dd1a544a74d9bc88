//! The flaw in the name of a registry or repository, what to write instead, and what a cluster does with the name as it is.

use super::{Flaw, repository};
use crate::finding::{Fix, Safety};
use crate::machine::terminal::is_invisible;
use crate::model::Cluster;
use crate::openshift::VALIDATED_SCOPES;
use crate::source::Span;
use crate::yaml::edit::Editor;

/// The flaw in a name, as a message; `what` is the role of the name, such as a mirror.
pub(crate) fn message(what: &str, name: &str, flaw: Flaw) -> String {
    let flaw = match flaw {
        Flaw::Empty => return format!("an empty {what}"),
        Flaw::Scheme => "has a scheme",
        Flaw::Digest => "has a digest",
        Flaw::Tag => "has a tag",
        Flaw::Blank => "contains a blank or an invisible character",
        Flaw::TrailingSlash => "ends in a slash",
        Flaw::EmptyPathPart => "holds `//`",
        Flaw::Ipv6 => "is an IPv6 address",
        Flaw::Wildcard => "has its `*` in the wrong place",
        Flaw::WildcardWithMore => "is a wildcard with a port or a path",
        Flaw::WildcardMirror => "is a wildcard",
        Flaw::UpperCasePath => "has upper case in its path",
        Flaw::Port => "has no valid port",
        Flaw::Host => "has no valid host",
        Flaw::Path => "has no valid path",
    };
    format!("{what} `{name}` {flaw}")
}

/// What to write instead.
pub(crate) fn advice(flaw: Flaw, repair: Option<&Repair>) -> String {
    if let Some(repair) = repair {
        return format!("write `{}`", repair.name);
    }
    match flaw {
        Flaw::Empty => "name a registry, or remove the entry",
        Flaw::Ipv6 => "give the registry a host name: the pattern accepts no IPv6 address",
        Flaw::Wildcard | Flaw::WildcardWithMore => {
            "write a wildcard as `*.` and a domain and nothing else, as in `*.apps.example.com`; it covers \
             every port and path"
        }
        Flaw::WildcardMirror => "name one place: a mirror cannot be a wildcard",
        Flaw::Port => "write a port as digits behind one colon",
        Flaw::Blank => "write one registry for an entry, in printable characters without blanks",
        Flaw::Host => "write a host as labels of letters, digits and inner hyphens, joined by dots",
        Flaw::Scheme | Flaw::Tag | Flaw::Digest => "name the registry or repository alone",
        _ => {
            "write a path as lower-case letters and digits, joined by single `.` or `_`, `__` or hyphens, in \
             parts separated by `/`"
        }
    }
    .to_owned()
}

/// The name that the author probably meant.
pub(crate) struct Repair {
    name: String,
    /// Whether there is no doubt about it.
    is_sure: bool,
}

impl Repair {
    /// The name that `name` was meant to be, if it passes `check`.
    pub(crate) fn of(name: &str, flaw: Flaw, check: fn(&str) -> Option<Flaw>) -> Option<Self> {
        let (name, is_sure) = match flaw {
            Flaw::Scheme => (name.rsplit_once("://")?.1.trim_end_matches('/').to_owned(), true),
            Flaw::TrailingSlash => (name.trim_end_matches('/').to_owned(), true),
            Flaw::EmptyPathPart => {
                let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
                (parts.join("/"), true)
            }
            Flaw::Blank => {
                let seen: String = name.chars().filter(|c| !is_invisible(*c)).collect();
                (seen.trim().to_owned(), true)
            }
            // The whole repository is more than what the entry names.
            Flaw::Tag | Flaw::Digest => (repository(name).to_owned(), false),
            // Repositories have no upper case, so the lower-case name is a guess.
            Flaw::UpperCasePath => {
                let (host, path) = name.split_once('/')?;
                (format!("{host}/{}", path.to_ascii_lowercase()), false)
            }
            _ => return None,
        };
        check(&name).is_none().then_some(Self { name, is_sure })
    }

    /// The same name for an entry of a registry list. Where it would take effect and allow something, it needs a look.
    #[must_use]
    pub(crate) fn in_list(self, list: &str) -> Self {
        Self { is_sure: self.is_sure && restricts(list), ..self }
    }

    /// Whether there is no doubt about it.
    pub(crate) fn is_sure(&self) -> bool {
        self.is_sure
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name.
    pub(crate) fn into_name(self) -> String {
        self.name
    }

    /// Replaces the text at `span` by the name.
    pub(crate) fn fix(&self, editor: Editor<'_>, span: Span) -> Option<Fix> {
        let title = format!("write `{}`", self.name);
        let edits = [editor.set(span, &self.name)];
        let safety = if self.is_sure { Safety::Safe } else { Safety::Unsafe };
        Fix::of(title, safety, edits).map(Fix::changes_nodes)
    }
}

/// Whether entries of a registry list only forbid: those of the others allow pulls, or turn off the verification of TLS.
pub(crate) fn restricts(list: &str) -> bool {
    list == "blockedRegistries"
}

/// What the cluster does with an entry that the pattern rejects. `before` is what it does on releases on which the API
/// server does not check entries.
pub(crate) fn effect(cluster: &Cluster, before: &str) -> String {
    if cluster.version() < VALIDATED_SCOPES {
        before.to_owned()
    } else if cluster.openshift.is_some() {
        "the API server refuses the object".to_owned()
    } else {
        // The release is unknown, so the text describes both cases.
        format!("from OpenShift {VALIDATED_SCOPES} on the API server refuses the object; before, {before}")
    }
}
