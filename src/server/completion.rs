//! Completions at a place: ids of rules, fields of the kinds that are checked, and registries of the repository.

use super::latest::{Latest, Steady};
use super::written::{self, Written};
use super::{checked::Checked, registries};
use crate::config;
use crate::read::crd::schema::{self, Type};
use crate::rules;
use crate::source::{FileId, Span};
use gen_lsp_types::{CompletionItem, CompletionItemKind, CompletionParams, TextEdit};

/// The most registries that are offered.
const MAX_NAMES: usize = 500;

/// The completions at a place.
pub(super) fn at(params: &CompletionParams, latest: &Latest) -> Vec<CompletionItem> {
    let place = &params.text_document_position_params;
    let uri = place.text_document.uri.as_ref();
    let Some(text) = latest.steady_text(uri) else { return Vec::new() };
    let source = text.now;
    let offset = latest.client.encoding.offset(source, place.position);
    let (word, offered) = offered(&text, offset);
    // The whole word is replaced: in editors, words end at dots and colons; names of registries contain these.
    let span = Span::new(FileId(0), offset - word.len(), offset);
    let range = latest.client.encoding.range(source, span);
    let item = |offer: Offer| CompletionItem {
        kind: Some(offer.kind),
        detail: offer.detail,
        filter_text: Some(offer.label.clone()),
        text_edit: Some(TextEdit { range, new_text: offer.text }.into()),
        label: offer.label,
        ..CompletionItem::default()
    };
    offered.into_iter().map(item).collect()
}

/// A completion.
struct Offer {
    label: String,
    text: String,
    kind: CompletionItemKind,
    detail: Option<String>,
}

impl Offer {
    fn value(text: &str, detail: Option<&str>) -> Self {
        let kind = CompletionItemKind::Value;
        Self { label: text.to_owned(), text: text.to_owned(), kind, detail: detail.map(str::to_owned) }
    }

    fn field(name: &str, behind: &str, detail: Option<&str>) -> Self {
        let text = format!("{name}{behind}");
        Self { text, kind: CompletionItemKind::Field, ..Self::value(name, detail) }
    }
}

/// A check, and where the word that is being written starts in its texts.
type Place<'c> = (&'c Checked, Option<(FileId, usize)>);

fn offered<'s>(text: &Steady<'s>, offset: usize) -> (&'s str, Vec<Offer>) {
    let Steady { checked, name, now: source, .. } = *text;
    let line = source.line_of(offset as u32);
    let start = source.line_starts()[line] as usize;
    let before = &source.text[start..offset];
    if let Some((_, list)) = before.rsplit_once("pullwarden: ignore[")
        && !list.contains(']')
        && before.contains('#')
    {
        let word = list.rsplit([',', ' ']).next().unwrap_or(list);
        return (word, rule_ids(checked, |id, detail| Offer::value(id, Some(detail))));
    }
    let Some(written) = written::at(&source.text, offset) else { return ("", Vec::new()) };
    let offers = if config::NAMES.contains(&name) {
        of_config(checked, &written)
    } else {
        let start = text.file.zip(text.back(offset - written.word.len()));
        of_manifest((checked, start), &written)
    };
    (written.word, offers)
}

fn rule_ids(checked: &Checked, offer: impl Fn(&str, &str) -> Offer) -> Vec<Offer> {
    let policies = checked.settings.rules.policies.iter().flat_map(|policies| policies.ids());
    let of_rules = rules::ALL.iter().map(|entry| offer(entry.meta.id, entry.meta.summary));
    of_rules.chain(policies.map(|id| offer(id, "a policy of the repository"))).collect()
}

/// Ids of rules where the configuration names rules.
fn of_config(checked: &Checked, written: &Written<'_>) -> Vec<Offer> {
    match (&written.path[..], written.key) {
        (["rules"], None) => {
            let mut ids = rule_ids(checked, |id, detail| Offer::field(id, ": ", Some(detail)));
            ids.retain(|offer| !written.beside.contains(&offer.label.as_str()));
            ids
        }
        (["ignore"], Some("rule")) | (["ignore", "rule"], None) => {
            rule_ids(checked, |id, detail| Offer::value(id, Some(detail)))
        }
        _ => Vec::new(),
    }
}

/// Fields and values of a kind that is checked.
fn of_manifest(place: Place<'_>, written: &Written<'_>) -> Vec<Offer> {
    let Some(spec) = written.kind.and_then(schema::spec_of) else { return Vec::new() };
    let Some(("spec", path)) = written.path.split_first().map(|(first, rest)| (*first, rest)) else {
        return Vec::new();
    };
    let Some(ty) = path.iter().try_fold(spec, |ty, key| field(ty, key)) else { return Vec::new() };
    match (written.key, ty) {
        (Some(key), ty) => field(ty, key).map_or_else(Vec::new, |value| values(place, key, value)),
        (None, Type::List(item)) if written.is_item => match item {
            Type::Map(_) => fields(item, written),
            _ => values(place, path.last().copied().unwrap_or_default(), item),
        },
        (None, Type::List(item)) => fields(item, written),
        (None, ty) => fields(ty, written),
    }
}

/// The type of a field; for a list, the field of its items.
fn field(ty: &'static Type, key: &str) -> Option<&'static Type> {
    match ty {
        Type::Map(fields) => fields.iter().find(|field| field.name == key).map(|field| &field.ty),
        Type::List(item) => field(item, key),
        _ => None,
    }
}

fn fields(ty: &'static Type, written: &Written<'_>) -> Vec<Offer> {
    let Type::Map(fields) = ty else { return Vec::new() };
    let missing = fields.iter().filter(|field| !written.beside.contains(&field.name));
    let offer = |field: &schema::Field| {
        let behind = if matches!(field.ty, Type::Map(_) | Type::List(_)) { ":" } else { ": " };
        let since = field.since.map(|version| format!(", from OpenShift {version}")).unwrap_or_default();
        let required = if field.required { ", required" } else { "" };
        Offer::field(field.name, behind, Some(&format!("{}{required}{since}", field.ty.name())))
    };
    missing.map(offer).collect()
}

fn values(place: Place<'_>, key: &str, ty: &'static Type) -> Vec<Offer> {
    match ty {
        Type::Enum(values) => values.iter().map(|value| Offer::value(value, None)).collect(),
        Type::Bool => ["true", "false"].map(|value| Offer::value(value, None)).into(),
        // All other texts are names of registries.
        Type::String if matches!(key, "name" | "domainName") || key.ends_with("Hostnames") => Vec::new(),
        Type::String => {
            let (checked, start) = place;
            let names = registries::known(checked, start).into_iter().take(MAX_NAMES);
            names.map(|name| Offer::value(name, None)).collect()
        }
        Type::List(item) => match item {
            Type::String => Vec::new(),
            _ => values(place, key, item),
        },
        Type::Map(_) => Vec::new(),
    }
}
