//! A change that mends a finding. Applying it is another command's business; a finding carries and shows it.

pub use crate::yaml::edit::Edit;

/// Whether a fix can change what the cluster does beyond the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// It does what the finding asks for and nothing else.
    Safe,
    /// It is probably right and wants a look.
    Unsafe,
}

/// Edits that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: "remove the entry".
    pub title: String,
    /// How much trust it deserves.
    pub safety: Safety,
    /// The edits, in the order of the text; they do not overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that is safe to apply unseen. `None` among the edits means that it cannot be made cleanly: no fix then.
    pub fn safe(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::new(title.into(), Safety::Safe, edits)
    }

    /// A fix that wants a look.
    pub fn unsafe_(title: impl Into<String>, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        Self::new(title.into(), Safety::Unsafe, edits)
    }

    fn new(title: String, safety: Safety, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Self> {
        let mut edits = edits.into_iter().collect::<Option<Vec<Edit>>>()?;
        edits.sort();
        edits.dedup();
        let apart = edits
            .windows(2)
            .all(|pair| pair[0].span.file != pair[1].span.file || pair[0].span.end <= pair[1].span.start);
        (apart && !edits.is_empty()).then_some(Self { title, safety, edits })
    }
}
