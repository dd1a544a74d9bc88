//! Whether two clusters get the same, so that rules say the same about them.

use super::Cluster;
use std::sync::Arc;

impl Cluster {
    /// Whether everything that rules read of two clusters is the same. Objects that were read twice count as different.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        fn are_same<T>(ours: &[(Arc<T>, u32)], theirs: &[(Arc<T>, u32)]) -> bool {
            let mut pairs = ours.iter().zip(theirs);
            ours.len() == theirs.len() && pairs.all(|(a, b)| Arc::ptr_eq(&a.0, &b.0) && a.1 == b.1)
        }
        // What is read of the rest follows from these.
        let Self {
            name,
            standing,
            openshift,
            platform,
            release_repository,
            pool_sizes,
            topology,
            release_image,
            beside,
            resources,
            members,
            member_of,
            places: _,
            workloads,
            uses: _,
            objects,
            image: _,
            hosted: _,
            images: _,
            mirror_sets: _,
        } = self;
        *name == other.name
            && *standing == other.standing
            && *openshift == other.openshift
            && *platform == other.platform
            && *release_repository == other.release_repository
            && *pool_sizes == other.pool_sizes
            && *topology == other.topology
            && *release_image == other.release_image
            && *beside == other.beside
            && *members == other.members
            && *member_of == other.member_of
            && resources.len() == other.resources.len()
            && resources.iter().zip(&other.resources).all(|(a, b)| Arc::ptr_eq(a, b))
            && are_same(workloads, &other.workloads)
            && are_same(objects, &other.objects)
    }
}
