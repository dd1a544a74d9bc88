//! Bounds, so that no chart can be endless.

/// How far a rendering goes. Each bound that is exceeded is an error at its line.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Actions, loops and units of work of functions, for all templates of a chart.
    pub steps: u64,
    /// Bytes that all files of a chart may hold, and all texts that are made on the way to them; what is known of their
    /// parts counts, too.
    pub bytes: usize,
    /// How deep templates may call each other. Helm refuses the thousandth call of one name.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 10_000_000, bytes: 128 << 20, depth: 1_000 }
    }
}
