//! What an `ImageContentSourcePolicy` becomes: the edits that make it an `ImageDigestMirrorSet`, and whole files of them.

pub mod edits;
pub mod migrate;
