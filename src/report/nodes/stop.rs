//! The error at which the operator stops, as a frame around its cause.

use crate::node::{LoadError, LoadedFile, PolicyOwner, Stop};
use crate::report::human::{self, Frame, Style};
use crate::source::{Sources, Span};

/// At most so many texts have a label.
const POINTED: usize = 6;

/// The frame for an error of the operator.
pub(super) fn frame(stop: &Stop, sources: &Sources, style: &Style) -> String {
    let spans = match stop {
        // The two policies are enough.
        Stop::PolicyConflict { policy, first_policy, .. } => vec![*policy, *first_policy],
        stop => stop.spans(),
    };
    let labels = spans.into_iter().take(POINTED).map(|span| (span, role(stop, span))).collect();
    let frame = Frame { message: stop.to_string(), labels, help: help(stop).to_owned() };
    human::frame(&frame, sources, style)
}

/// The frame for a file that the runtime does not load.
pub(super) fn load_error(error: &LoadError, sources: &Sources, style: &Style) -> String {
    let labels = error.spans.iter().take(POINTED).map(|span| (*span, "")).collect();
    let help = match &error.file {
        LoadedFile::DropIn(_) => {
            "a MachineConfig writes the file and the nodes reboot for it; then CRI-O does not start, and the node stays NotReady"
        }
        LoadedFile::PolicyJson => {
            "the operator writes the file, the container runtime refuses it, and every pull on the node fails"
        }
        LoadedFile::RegistriesConf => {
            "the operator writes the file and CRI-O does not load it: it keeps the configuration that it has, which only \
             its journal says, and its next start fails, so that the node stays NotReady"
        }
        LoadedFile::SearchRegistries => {
            "the operator writes the file and reboots the nodes, and CRI-O does not start with it: each rebooted node \
             stays NotReady"
        }
    };
    human::frame(&Frame { message: error.to_string(), labels, help: help.to_owned() }, sources, style)
}

/// The role of a text; empty for a text that is wrong by itself.
fn role(stop: &Stop, span: Span) -> &'static str {
    match stop {
        Stop::PolicyConflict { source, policy, .. } if span == *policy => {
            if *policy == source.span {
                "no policy here"
            } else {
                "this policy"
            }
        }
        Stop::PolicyConflict { first_source, first_policy, .. } => {
            if first_policy == first_source {
                "no policy here"
            } else {
                "another policy for it here"
            }
        }
        Stop::NeverContactMirror { mirror, .. } if span == *mirror => "the source itself",
        Stop::NeverContactMirror { policy, .. } if span == *policy => "never contacted",
        Stop::NestedInWildcard { source, .. } if span == source.span => "this wildcard has mirrors",
        Stop::NestedInWildcard { .. } => "lies in it",
        Stop::AllowedAndBlocked { allowed, .. } if allowed.contains(&span) => "allowed",
        Stop::AllowedAndBlocked { .. } => "blocked",
        Stop::PolicyInsideBlocked { blocked, .. } if span == *blocked => "blocked here",
        Stop::PolicyOutsideAllowed { allowed, .. } if allowed.contains(&span) => "leaves it out",
        Stop::SignatureScope { entry, .. } if entry.contains(&span) => "mirrored here",
        _ => "",
    }
}

/// The help.
fn help(stop: &Stop) -> &'static str {
    match stop {
        Stop::NoImage => "apply an `Image` named `cluster`; its `spec` may be empty",
        Stop::ReleaseImage(_) => {
            "give the release image in full, as in quay.io/openshift-release-dev/ocp-release@sha256:…"
        }
        Stop::Scope { .. } => "write a registry, a repository, or `*.` and a domain without port and path",
        Stop::Source(_) => {
            "write a registry or repository without scheme, tag and digest, or `*.` and a domain"
        }
        Stop::Mirror(_) => "write a registry or repository without scheme, tag, digest and wildcard",
        Stop::PolicyConflict { .. } => "give the source the same `mirrorSourcePolicy` in all mirror sets",
        Stop::NeverContactMirror { .. } => "remove the source from its mirrors, or remove the policy",
        Stop::NestedInWildcard { .. } => {
            "name the registries instead of the wildcard, or give the registries in it their own mirrors"
        }
        Stop::TooLarge { .. } => {
            "list fewer scopes that lie in this source, or fewer mirrors of it: each scope gets a copy of all mirrors in \
             `registries.conf`, and the MachineConfig with the file is larger than the API server accepts"
        }
        Stop::AllowedAndBlocked { .. } => "keep one of the two lists",
        Stop::PolicyOutsideAllowed { scope, .. } if scope.owner == PolicyOwner::Release => RELEASE_OUTSIDE,
        Stop::PolicyOutsideAllowed { .. } => "allow the scope, or remove its policy",
        Stop::PolicyInsideBlocked { scope, .. } if scope.owner == PolicyOwner::Release => RELEASE_INSIDE,
        Stop::PolicyInsideBlocked { .. } => "remove the policy, or the blocked entry",
        Stop::SignatureScope { .. } => "write the scope as the full name of a registry or repository",
        Stop::Unloadable(_) => {
            "write the name without scheme and without a slash at the end; the operator looks up the mirrors of image \
             policies in the file"
        }
    }
}

const RELEASE_OUTSIDE: &str = "the release's own ClusterImagePolicy `openshift` has the scope, and every scope of an image \
                               policy has to be allowed; allow `quay.io/openshift-release-dev`, or remove the blocked \
                               entry that makes the list";
const RELEASE_INSIDE: &str = "the release's own ClusterImagePolicy `openshift` has the scope, and no scope of an image \
                              policy may be blocked; remove the blocked entry";
