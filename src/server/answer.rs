//! The answers to requests, from the newest checked state.

use super::diagnostics::OfText;
use super::latest::Latest;
use super::{actions, completion, hover, lens, links, symbols};
use gen_lsp_types::{DocumentDiagnosticParams, WorkspaceDiagnosticParams};
use lsp_server::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Why a request has no answer.
#[derive(Debug)]
pub(super) struct Failure {
    /// The error code of the protocol.
    pub(super) code: ErrorCode,
    /// The reason.
    pub(super) message: String,
}

impl Failure {
    /// A fault of this program.
    pub(super) fn internal(message: String) -> Self {
        Self { code: ErrorCode::InternalError, message }
    }

    /// A question about a text that has changed: the client asks again.
    pub(super) fn outdated() -> Self {
        let message = "a text has changed in the meantime".to_owned();
        Self { code: ErrorCode::ContentModified, message }
    }
}

/// The methods that have an answer.
pub(super) const METHODS: [&str; 11] = [
    "textDocument/diagnostic",
    "workspace/diagnostic",
    "textDocument/codeAction",
    "codeAction/resolve",
    "textDocument/hover",
    "textDocument/codeLens",
    "codeLens/resolve",
    "textDocument/documentLink",
    "textDocument/completion",
    "textDocument/documentSymbol",
    "workspace/symbol",
];

/// Whether an answer is useless after its text has changed.
pub(super) fn is_about_places(method: &str) -> bool {
    !method.ends_with("/diagnostic")
}

/// Whether an answer comes from the steady state. Diagnostics and fixes are those of the newest state.
pub(super) fn is_of_steady_state(method: &str) -> bool {
    is_about_places(method) && !method.ends_with("odeAction") && !method.starts_with("codeAction/")
}

/// Answers a request.
pub(super) fn to(method: &str, params: Value, latest: &Latest) -> Result<Box<RawValue>, Failure> {
    match method {
        "textDocument/diagnostic" => {
            let params: DocumentDiagnosticParams = read(params)?;
            let of_text = latest.texts.get(params.text_document.uri.as_ref());
            let none = OfText::default();
            written(report(of_text.unwrap_or(&none), params.previous_result_id.as_deref()))
        }
        "workspace/diagnostic" => workspace(&read(params)?, latest),
        "textDocument/codeAction" => answered(params, |params| actions::at(&params, latest)),
        "codeAction/resolve" => answered(params, |action| actions::resolved(action, latest)),
        "textDocument/hover" => answered(params, |params| hover::at(&params, latest)),
        "textDocument/codeLens" => answered(params, |params| lens::of_text(&params, latest)),
        "codeLens/resolve" => {
            lens::resolved(read(params)?, latest).ok_or_else(Failure::outdated).and_then(written)
        }
        "textDocument/documentLink" => answered(params, |params| links::of_text(&params, latest)),
        "textDocument/completion" => answered(params, |params| completion::at(&params, latest)),
        "textDocument/documentSymbol" => answered(params, |params| symbols::of_text(&params, latest)),
        "workspace/symbol" => answered(params, |params| symbols::of_workspace(&params, latest)),
        _ => Err(Failure { code: ErrorCode::MethodNotFound, message: format!("there is no `{method}`") }),
    }
}

fn answered<P: DeserializeOwned, R: Serialize>(
    params: Value,
    answer: impl FnOnce(P) -> R,
) -> Result<Box<RawValue>, Failure> {
    written(answer(read(params)?))
}

fn read<P: DeserializeOwned>(params: Value) -> Result<P, Failure> {
    serde_json::from_value(params)
        .map_err(|error| Failure { code: ErrorCode::InvalidParams, message: error.to_string() })
}

fn written(answer: impl Serialize) -> Result<Box<RawValue>, Failure> {
    to_raw_value(&answer).map_err(|error| Failure::internal(error.to_string()))
}

/// The diagnostics of all texts; an empty list for a text whose diagnostics are gone.
fn workspace(params: &WorkspaceDiagnosticParams, latest: &Latest) -> Result<Box<RawValue>, Failure> {
    #[derive(Serialize)]
    struct Answer<'t> {
        items: Vec<Named<'t>>,
    }
    #[derive(Serialize)]
    struct Named<'t> {
        uri: &'t str,
        version: Option<i32>,
        #[serde(flatten)]
        report: Report<'t>,
    }
    let known =
        params.previous_result_ids.iter().map(|previous| (previous.uri.to_string(), previous.value.as_str()));
    let known: BTreeMap<String, &str> = known.collect();
    let gone = known.keys().filter(|uri| !latest.texts.contains_key(*uri));
    let none = OfText::default();
    let all = latest.texts.iter().chain(gone.map(|uri| (uri, &none)));
    let items = all.map(|(uri, of_text)| {
        let report = report(of_text, known.get(uri).copied());
        Named { uri, version: of_text.version, report }
    });
    written(Answer { items: items.collect() })
}

/// A report of diagnostics; a short one if the client already has the same diagnostics.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'t> {
    kind: &'static str,
    result_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<&'t [Box<RawValue>]>,
}

fn report<'t>(of_text: &'t OfText, previous: Option<&str>) -> Report<'t> {
    let result_id = result_id(of_text);
    let is_same = previous == Some(result_id.as_str());
    let (kind, items) = if is_same { ("unchanged", None) } else { ("full", Some(&*of_text.items)) };
    Report { kind, result_id, items }
}

fn result_id(of_text: &OfText) -> String {
    let mut hasher = DefaultHasher::new();
    for item in &of_text.items {
        item.get().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
