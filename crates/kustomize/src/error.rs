//! Errors of kustomize, and reasons to skip a part of a build.

use spanned_yaml::Span;

/// Why a root cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The text that is wrong; `None` if a directory has no kustomization.
    pub span: Option<Span>,
    /// What is wrong, in one line.
    pub message: String,
    /// The cause.
    pub cause: Cause,
    /// The entries through which the build came here, the innermost first.
    pub via: Vec<Span>,
    /// Whether something is missing that a skipped part may contain.
    pub(crate) is_missing: bool,
}

/// The cause of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// kustomize refuses it.
    Refused,
    /// It is remote, and nothing is fetched.
    Remote,
    /// It is outside of the repository, which is not read.
    Outside,
    /// It is not supported, or exceeds a limit.
    Unsupported,
}

/// The result of a step.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error about a chart that somebody renders for a build.
    pub fn of_chart(span: Span, message: String, cause: Cause, via: Vec<Span>) -> Self {
        Self { cause, via, ..Self::at(span, message) }
    }

    pub(crate) fn at(span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::nowhere(message) }
    }

    /// An error without a place; it gets the place of the entry that leads to it.
    pub(crate) fn nowhere(message: impl Into<String>) -> Self {
        Self {
            span: None,
            message: message.into(),
            cause: Cause::Refused,
            via: Vec::new(),
            is_missing: false,
        }
    }

    /// An error about something missing, which a skipped part may contain.
    pub(crate) fn missing(span: Span, message: impl Into<String>) -> Self {
        Self { is_missing: true, ..Self::at(span, message) }
    }

    pub(crate) fn unsupported(span: Span, message: impl Into<String>) -> Self {
        Self { cause: Cause::Unsupported, ..Self::at(span, message) }
    }

    /// The same error, reached through `span`.
    pub(crate) fn via(mut self, span: Span) -> Self {
        if self.span.is_none() {
            self.span = Some(span);
        } else {
            self.via.push(span);
        }
        self
    }
}
