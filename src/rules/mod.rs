//! The rules: a `mod` line and an entry of [`ALL`] each. The order is that of the catalogue, by category.

pub mod allowed_and_blocked;
pub mod conflicting_source_policy;
pub mod credential_exposing_search;
pub mod deprecated_icsp;
pub mod duplicate_key;
pub mod duplicate_mirror;
pub mod duplicate_resource;
pub mod insecure_registry_not_allowed;
pub mod internal_registry_not_allowed;
pub mod invalid_import_mode;
pub mod invalid_metadata;
pub mod invalid_mirror;
pub mod invalid_scope;
pub mod invalid_search_registry;
pub mod invalid_source;
pub mod invalid_source_policy;
pub mod mirror_set_on_old_cluster;
pub mod misnamed_image_config;
pub mod missing_field;
pub mod namespace_on_cluster_scoped;
pub mod never_contacted_self;
pub mod non_configurable_parameter;
pub mod payload_registry_blocked;
pub mod payload_registry_not_allowed;
pub mod scheme_in_scope;
pub mod search_registry_not_allowed;
pub mod self_mirror;
pub mod server_metadata_in_git;
pub mod settings;
pub mod status_in_git;
pub mod tag_or_digest_in_scope;
pub mod too_many_scopes;
pub mod unknown_field;
pub mod unreadable_file;
pub mod wrong_api_version;
pub mod wrong_type;
pub mod yaml_syntax;

use crate::finding::Finding;
use crate::manifest::{Broken, BrokenWhat};
use crate::rule::{Entry, Meta};

/// Everything that can be reported.
pub static ALL: &[Entry] = &[
    Entry::reported(&yaml_syntax::META),
    Entry::of::<duplicate_key::DuplicateKey>(),
    Entry::of::<wrong_api_version::WrongApiVersion>(),
    Entry::of::<misnamed_image_config::MisnamedImageConfig>(),
    Entry::of::<namespace_on_cluster_scoped::NamespaceOnClusterScoped>(),
    Entry::of::<unknown_field::UnknownField>(),
    Entry::of::<wrong_type::WrongType>(),
    Entry::of::<missing_field::MissingField>(),
    Entry::of::<invalid_metadata::InvalidMetadata>(),
    Entry::of::<invalid_source_policy::InvalidSourcePolicy>(),
    Entry::of::<invalid_import_mode::InvalidImportMode>(),
    Entry::of::<too_many_scopes::TooManyScopes>(),
    Entry::of::<non_configurable_parameter::NonConfigurableParameter>(),
    Entry::of::<status_in_git::StatusInGit>(),
    Entry::of::<server_metadata_in_git::ServerMetadataInGit>(),
    Entry::of::<duplicate_resource::DuplicateResource>(),
    Entry::of::<scheme_in_scope::SchemeInScope>(),
    Entry::of::<tag_or_digest_in_scope::TagOrDigestInScope>(),
    Entry::of::<invalid_scope::InvalidScope>(),
    Entry::of::<invalid_source::InvalidSource>(),
    Entry::of::<invalid_mirror::InvalidMirror>(),
    Entry::of::<invalid_search_registry::InvalidSearchRegistry>(),
    Entry::of::<payload_registry_not_allowed::PayloadRegistryNotAllowed>(),
    Entry::of::<internal_registry_not_allowed::InternalRegistryNotAllowed>(),
    Entry::of::<allowed_and_blocked::AllowedAndBlocked>(),
    Entry::of::<insecure_registry_not_allowed::InsecureRegistryNotAllowed>(),
    Entry::of::<search_registry_not_allowed::SearchRegistryNotAllowed>(),
    Entry::of::<payload_registry_blocked::PayloadRegistryBlocked>(),
    Entry::of::<credential_exposing_search::CredentialExposingSearch>(),
    Entry::of::<deprecated_icsp::DeprecatedIcsp>(),
    Entry::of::<mirror_set_on_old_cluster::MirrorSetOnOldCluster>(),
    Entry::of::<conflicting_source_policy::ConflictingSourcePolicy>(),
    Entry::of::<never_contacted_self::NeverContactedSelf>(),
    Entry::of::<self_mirror::SelfMirror>(),
    Entry::of::<duplicate_mirror::DuplicateMirror>(),
    Entry::reported(&unreadable_file::META),
    Entry::reported(&settings::UNKNOWN_RULE),
    Entry::reported(&settings::UNKNOWN_KEY),
    Entry::reported(&settings::INVALID_SETTING),
    Entry::reported(&settings::UNUSED_IGNORE),
    Entry::reported(&settings::IGNORE_WITHOUT_REASON),
    Entry::reported(&settings::EXPIRED_IGNORE),
    Entry::reported(&settings::UNMATCHED_PATH),
];

/// The entry with this id.
pub fn find(id: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.meta.id == id)
}

/// What is said of something that could not be read.
pub fn of_broken(broken: &Broken) -> (&'static Meta, Finding) {
    match &broken.what {
        BrokenWhat::Syntax(message) => (&yaml_syntax::META, yaml_syntax::finding(broken.span, message)),
        BrokenWhat::File(message) => (&unreadable_file::META, unreadable_file::finding(broken.span, message)),
    }
}
