//! Why a chart gives nothing.

use spanned_yaml::Span;

/// Why a chart cannot be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The text that is wrong; none where no text is, as for a file that is not there.
    pub span: Option<Span>,
    /// What is wrong, in one line.
    pub message: String,
    /// The calls through which the rendering came there (`include`, `template`, `tpl`), the innermost first.
    pub via: Vec<Span>,
    /// Whether Helm would go on: the limit is one of this crate.
    pub is_limit: bool,
}

/// What a step makes, or why it cannot.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Something is wrong at `span`.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::nowhere(message) }
    }

    /// Something is wrong, and whoever called knows where.
    pub fn nowhere(message: impl Into<String>) -> Self {
        Self { span: None, message: message.into(), via: Vec::new(), is_limit: false }
    }

    /// More than this crate does.
    pub fn limit(message: impl Into<String>) -> Self {
        Self { is_limit: true, ..Self::nowhere(message) }
    }

    /// The same error; it stands at `span` where no place is known yet.
    #[must_use]
    pub fn or_at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// The same error, reached through a call at `span`.
    #[must_use]
    pub fn via(mut self, span: Span) -> Self {
        if self.span.is_none() {
            self.span = Some(span);
        } else if self.via.len() < 32 {
            self.via.push(span);
        }
        self
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
