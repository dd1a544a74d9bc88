//! The rules. Each has a `mod` line, and an entry in [`ALL`], in the order of the catalogue by category.

pub mod allowed_and_blocked;
pub mod blocked_mirror;
pub mod broad_insecure_scope;
pub mod carriers_disagree;
pub mod changes;
pub mod chart_not_rendered;
pub mod conflicting_mirror_order;
pub mod conflicting_source_policy;
pub mod credential_exposing_search;
pub mod dead_mirror_kind;
pub mod deprecated_icsp;
pub mod docker_hub_alias;
pub mod duplicate_key;
pub mod duplicate_mirror;
pub mod duplicate_resource;
pub mod duplicate_source;
pub mod empty_registry_list;
pub mod generated_machine_config;
pub mod half_mirrored_payload;
pub mod hosted_cluster_image_config;
pub mod icsp_beside_mirror_sets;
pub mod idle_build_ca;
pub mod image_not_allowed;
pub mod image_policy_outside_allowlist;
pub mod image_stream_not_allowed;
pub mod image_unreachable;
pub mod insecure_and_blocked;
pub mod insecure_external_registry;
pub mod insecure_import_registry;
pub mod insecure_mirror_port;
pub mod insecure_public_registry;
pub mod insecure_registry_not_allowed;
pub mod install_config_mirrors;
pub mod internal_error;
pub mod internal_registry_not_allowed;
pub mod invalid_image_name;
pub mod invalid_import_domain;
pub mod invalid_import_mode;
pub mod invalid_install_overrides;
pub mod invalid_metadata;
pub mod invalid_mirror;
pub mod invalid_mirror_config;
pub mod invalid_scope;
pub mod invalid_search_registry;
pub mod invalid_source;
pub mod invalid_source_policy;
pub mod invalid_trusted_ca_key;
pub mod invalid_trusted_ca_value;
pub mod kustomization;
pub mod leaky_child_source;
pub mod mirror_chain;
pub mod mirror_cycle;
mod mirror_names;
pub mod mirror_registry_not_allowed;
pub mod mirror_set_on_old_cluster;
pub mod mirrored_source_not_allowed;
pub mod mirrorless_source;
pub mod misnamed_image_config;
pub mod missing_application_path;
pub mod missing_extra_manifest;
pub mod missing_field;
pub mod missing_trusted_ca;
pub mod missing_update_service_ca;
pub mod namespace_on_cluster_scoped;
pub mod never_contact_without_mirrors;
pub mod never_contacted_self;
pub mod non_configurable_parameter;
pub mod one_sided_never_contact;
pub mod overlapping_payload_blocks;
pub mod overridden_node_file;
pub mod overriding_drop_in;
pub mod overwritten_pipeline_mirror;
pub(crate) mod pages;
pub mod payload_import_not_allowed;
pub mod payload_lockout;
pub mod payload_registry_blocked;
pub mod payload_registry_not_allowed;
pub mod policy_error;
pub mod port_mismatch;
pub mod project_pull_secret;
pub mod pull_secret_in_git;
pub mod redundant_scope;
pub mod rendering;
pub mod reserved_image_policy_name;
pub mod rule;
pub mod scattered_source;
pub mod scheme_in_scope;
pub mod search_list_override;
pub mod search_registry_blocked;
pub mod search_registry_not_allowed;
pub mod security_controls;
pub mod self_mirror;
pub mod server_metadata_in_git;
pub mod settings;
pub mod shadowed_mirrors;
pub mod short_name_image;
pub mod skeleton_mirror_set;
pub mod status_in_git;
pub mod tag_bypasses_digest_mirror;
pub mod tag_mirrored_payload;
pub mod tag_or_digest_in_scope;
pub mod too_many_scopes;
pub mod unknown_field;
pub mod unknown_install_key;
pub mod unloadable_drop_in;
pub mod unpullable_pinned_image;
pub mod unqualified_host;
pub mod unreadable_file;
pub mod unresolvable_image_policy_scope;
pub mod unrestricted_import;
pub mod unrestricted_pull;
pub mod unsigned_payload_mirror;
pub mod unused_trusted_ca;
pub mod upper_case_host;
pub mod view;
pub mod wildcard_outranks_exact;
pub mod wildcard_source_with_nested_scope;
pub mod wildcard_source_with_port;
pub mod wrong_api_version;
pub mod wrong_type;
pub mod yaml_syntax;

use crate::finding::Finding;
use crate::read::crd::schema::nearest;
use crate::read::manifest::{Broken, BrokenWhat};
use crate::rules::rule::{Entry, Meta};

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
    Entry::of::<unqualified_host::UnqualifiedHost>(),
    Entry::of::<upper_case_host::UpperCaseHost>(),
    Entry::of::<docker_hub_alias::DockerHubAlias>(),
    Entry::of::<port_mismatch::PortMismatch>(),
    Entry::of::<payload_registry_not_allowed::PayloadRegistryNotAllowed>(),
    Entry::of::<internal_registry_not_allowed::InternalRegistryNotAllowed>(),
    Entry::of::<allowed_and_blocked::AllowedAndBlocked>(),
    Entry::of::<insecure_registry_not_allowed::InsecureRegistryNotAllowed>(),
    Entry::of::<search_registry_not_allowed::SearchRegistryNotAllowed>(),
    Entry::of::<mirrored_source_not_allowed::MirroredSourceNotAllowed>(),
    Entry::of::<mirror_registry_not_allowed::MirrorRegistryNotAllowed>(),
    Entry::of::<payload_registry_blocked::PayloadRegistryBlocked>(),
    Entry::of::<payload_lockout::PayloadLockout>(),
    Entry::of::<overlapping_payload_blocks::OverlappingPayloadBlocks>(),
    Entry::of::<blocked_mirror::BlockedMirror>(),
    Entry::of::<search_registry_blocked::SearchRegistryBlocked>(),
    Entry::of::<credential_exposing_search::CredentialExposingSearch>(),
    Entry::of::<search_list_override::SearchListOverride>(),
    Entry::of::<insecure_public_registry::InsecurePublicRegistry>(),
    Entry::of::<insecure_external_registry::InsecureExternalRegistry>(),
    Entry::of::<broad_insecure_scope::BroadInsecureScope>(),
    Entry::of::<insecure_and_blocked::InsecureAndBlocked>(),
    Entry::of::<redundant_scope::RedundantScope>(),
    Entry::of::<empty_registry_list::EmptyRegistryList>(),
    Entry::of::<insecure_import_registry::InsecureImportRegistry>(),
    Entry::of::<invalid_import_domain::InvalidImportDomain>(),
    Entry::of::<payload_import_not_allowed::PayloadImportNotAllowed>(),
    Entry::of::<unrestricted_import::UnrestrictedImport>(),
    Entry::of::<unrestricted_pull::UnrestrictedPull>(),
    Entry::of::<deprecated_icsp::DeprecatedIcsp>(),
    Entry::of::<dead_mirror_kind::DeadMirrorKind>(),
    Entry::of::<icsp_beside_mirror_sets::IcspBesideMirrorSets>(),
    Entry::of::<mirror_set_on_old_cluster::MirrorSetOnOldCluster>(),
    Entry::of::<conflicting_source_policy::ConflictingSourcePolicy>(),
    Entry::of::<never_contacted_self::NeverContactedSelf>(),
    Entry::of::<wildcard_source_with_nested_scope::WildcardSourceWithNestedScope>(),
    Entry::of::<never_contact_without_mirrors::NeverContactWithoutMirrors>(),
    Entry::of::<one_sided_never_contact::OneSidedNeverContact>(),
    Entry::of::<leaky_child_source::LeakyChildSource>(),
    Entry::of::<shadowed_mirrors::ShadowedMirrors>(),
    Entry::of::<wildcard_outranks_exact::WildcardOutranksExact>(),
    Entry::of::<wildcard_source_with_port::WildcardSourceWithPort>(),
    Entry::of::<self_mirror::SelfMirror>(),
    Entry::of::<duplicate_mirror::DuplicateMirror>(),
    Entry::of::<duplicate_source::DuplicateSource>(),
    Entry::of::<scattered_source::ScatteredSource>(),
    Entry::of::<conflicting_mirror_order::ConflictingMirrorOrder>(),
    Entry::of::<mirrorless_source::MirrorlessSource>(),
    Entry::of::<mirror_chain::MirrorChain>(),
    Entry::of::<mirror_cycle::MirrorCycle>(),
    Entry::of::<half_mirrored_payload::HalfMirroredPayload>(),
    Entry::of::<tag_mirrored_payload::TagMirroredPayload>(),
    Entry::of::<insecure_mirror_port::InsecureMirrorPort>(),
    Entry::of::<skeleton_mirror_set::SkeletonMirrorSet>(),
    Entry::of::<missing_trusted_ca::MissingTrustedCa>(),
    Entry::of::<invalid_trusted_ca_key::InvalidTrustedCaKey>(),
    Entry::of::<invalid_trusted_ca_value::InvalidTrustedCaValue>(),
    Entry::of::<unused_trusted_ca::UnusedTrustedCa>(),
    Entry::of::<missing_update_service_ca::MissingUpdateServiceCa>(),
    Entry::of::<idle_build_ca::IdleBuildCa>(),
    Entry::of::<overridden_node_file::OverriddenNodeFile>(),
    Entry::of::<overriding_drop_in::OverridingDropIn>(),
    Entry::of::<unloadable_drop_in::UnloadableDropIn>(),
    Entry::of::<generated_machine_config::GeneratedMachineConfig>(),
    Entry::of::<hosted_cluster_image_config::HostedClusterImageConfig>(),
    Entry::of::<install_config_mirrors::InstallConfigMirrors>(),
    Entry::of::<invalid_mirror_config::InvalidMirrorConfig>(),
    Entry::of::<unknown_install_key::UnknownInstallKey>(),
    Entry::of::<invalid_install_overrides::InvalidInstallOverrides>(),
    Entry::of::<missing_extra_manifest::MissingExtraManifest>(),
    Entry::of::<overwritten_pipeline_mirror::OverwrittenPipelineMirror>(),
    Entry::of::<image_policy_outside_allowlist::ImagePolicyOutsideAllowlist>(),
    Entry::of::<unresolvable_image_policy_scope::UnresolvableImagePolicyScope>(),
    Entry::of::<reserved_image_policy_name::ReservedImagePolicyName>(),
    Entry::of::<unsigned_payload_mirror::UnsignedPayloadMirror>(),
    Entry::of::<carriers_disagree::CarriersDisagree>(),
    Entry::reported(&kustomization::REFUSED_KUSTOMIZATION),
    Entry::reported(&kustomization::INCOMPLETE_KUSTOMIZATION),
    Entry::reported(&kustomization::UNMATCHED_PATCH),
    Entry::reported(&chart_not_rendered::META),
    Entry::reported(&missing_application_path::META),
    Entry::of::<pull_secret_in_git::PullSecretInGit>(),
    Entry::of::<invalid_image_name::InvalidImageName>(),
    Entry::of::<image_not_allowed::ImageNotAllowed>(),
    Entry::of::<image_unreachable::ImageUnreachable>(),
    Entry::of::<image_stream_not_allowed::ImageStreamNotAllowed>(),
    Entry::of::<tag_bypasses_digest_mirror::TagBypassesDigestMirror>(),
    Entry::of::<short_name_image::ShortNameImage>(),
    Entry::of::<project_pull_secret::ProjectPullSecret>(),
    Entry::of::<unpullable_pinned_image::UnpullablePinnedImage>(),
    Entry::reported(&changes::REBOOT_PREDICTED),
    Entry::reported(&changes::DRAIN_PREDICTED),
    Entry::reported(&changes::FREEZE_INTRODUCED),
    Entry::reported(&changes::ICSP_REMOVED_BEFORE_IDMS),
    Entry::reported(&changes::IMAGES_CUT_OFF),
    Entry::reported(&unreadable_file::META),
    Entry::reported(&internal_error::META),
    Entry::reported(&settings::UNKNOWN_RULE),
    Entry::reported(&settings::UNKNOWN_KEY),
    Entry::reported(&settings::INVALID_SETTING),
    Entry::reported(&settings::UNUSED_IGNORE),
    Entry::reported(&settings::IGNORE_WITHOUT_REASON),
    Entry::reported(&settings::EXPIRED_IGNORE),
    Entry::reported(&settings::UNMATCHED_PATH),
    Entry::reported(&settings::UNREAD_CONFIGURATION),
    Entry::reported(&settings::STALE_BASELINE),
    Entry::reported(&rendering::RENDER_NOT_ALLOWED),
    Entry::reported(&rendering::FAILED_RENDER),
    Entry::reported(&policy_error::META),
];

/// The entry with this id.
pub fn find(id: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.meta.id == id)
}

/// The help for a rule id that does not exist: the id that was probably meant.
pub fn hint(id: &str) -> String {
    const MOST: usize = 5;
    let ids = || ALL.iter().map(|entry| entry.meta.id);
    if let Some(near) = nearest(id, ids()) {
        return format!("did you mean `{near}`?");
    }
    // People remember one word of an id: `icsp`, `pull secret`.
    let words: Vec<String> = id.split([' ', '-', '_']).map(str::to_ascii_lowercase).collect();
    let holding = ids().filter(|id| words.iter().all(|word| word.len() > 2 && id.contains(word.as_str())));
    let holding: Vec<String> = holding.map(|id| format!("`{id}`")).collect();
    match &holding[..] {
        [only] => format!("did you mean {only}?"),
        [others @ .., last] if holding.len() <= MOST => {
            format!("did you mean {} or {last}?", others.join(", "))
        }
        _ => "`pullwarden rules` lists them all".to_owned(),
    }
}

/// The finding about something that could not be read.
pub fn of_broken(broken: &Broken) -> (&'static Meta, Finding) {
    let message = broken.what.message();
    match &broken.what {
        BrokenWhat::LineEnd(_) => (&yaml_syntax::META, yaml_syntax::line_end(broken.span, message)),
        BrokenWhat::Syntax(message) => (&yaml_syntax::META, yaml_syntax::finding(broken.span, message)),
        BrokenWhat::File(message) => (&unreadable_file::META, unreadable_file::finding(broken.span, message)),
        BrokenWhat::TooMuch => (&unreadable_file::META, unreadable_file::too_much(broken)),
        BrokenWhat::Fault(fault) => (&internal_error::META, internal_error::of_text(broken.span, fault)),
    }
}
