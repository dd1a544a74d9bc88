//! What kustomize refuses, and what a build goes on without.

use spanned_yaml::Span;

/// Why a root cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The text that is wrong; none where a directory holds no kustomization at all.
    pub span: Option<Span>,
    /// What is wrong, in one line.
    pub message: String,
    /// Whose limit it is.
    pub cause: Cause,
    /// The entries through which the build came here, the innermost first.
    pub via: Vec<Span>,
    /// Whether something is not there that might be in what was left out.
    pub(crate) is_missing: bool,
}

/// Whose limit an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// kustomize refuses it.
    Refused,
    /// It is somewhere else and never fetched.
    Remote,
    /// It is outside of the repository, which is not read.
    Outside,
    /// We don't do it, or not at this size.
    Unsupported,
}

/// What a step makes, or why it cannot.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn at(span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::nowhere(message) }
    }

    /// One whose place is that of the entry that leads to it.
    pub(crate) fn nowhere(message: impl Into<String>) -> Self {
        Self {
            span: None,
            message: message.into(),
            cause: Cause::Refused,
            via: Vec::new(),
            is_missing: false,
        }
    }

    /// Something is not there; where a part was left out, it may be in that.
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
