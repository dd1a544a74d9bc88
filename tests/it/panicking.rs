//! A rule that panics. Pages show the line of the panic below, so nothing is to move it.

use pullwarden::check::engine::Active;
use pullwarden::finding::Findings;
use pullwarden::rules::rule::Check;
use pullwarden::rules::self_mirror::SelfMirror;
use pullwarden::rules::view::ClusterView;
struct Panicking;
impl Check for Panicking {
    fn check(&self, _: &ClusterView<'_>, _: &mut Findings) {
        panic!("what the panic says")
    }
}

/// `self-mirror`, but it panics on every cluster.
pub(crate) fn rule() -> Active {
    Active { meta: &<SelfMirror as pullwarden::rules::rule::Rule>::META, check: Box::new(Panicking) }
}
