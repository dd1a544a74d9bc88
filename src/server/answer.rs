//! The answers to requests, from the newest checked state.

use super::diagnostics::OfText;
use super::latest::Latest;
use super::{actions, completion, hover, lens, links, symbols};
use gen_lsp_types::{DocumentDiagnosticParams, WorkspaceDiagnosticParams};
use lsp_server::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
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
pub(super) fn to(method: &str, params: Value, latest: &Latest) -> Result<Value, Failure> {
    match method {
        "textDocument/diagnostic" => answered(params, |params| document(&params, latest)),
        "workspace/diagnostic" => answered(params, |params| workspace(&params, latest)),
        "textDocument/codeAction" => answered(params, |params| actions::at(&params, latest)),
        "codeAction/resolve" => answered(params, |action| actions::resolved(action, latest)),
        "textDocument/hover" => answered(params, |params| hover::at(&params, latest)),
        "textDocument/codeLens" => answered(params, |params| lens::of_text(&params, latest)),
        "codeLens/resolve" => {
            let lens = serde_json::from_value(params).map_err(|error| wrong(&error))?;
            lens::resolved(lens, latest).ok_or_else(Failure::outdated).and_then(written)
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
) -> Result<Value, Failure> {
    written(answer(serde_json::from_value(params).map_err(|error| wrong(&error))?))
}

fn wrong(error: &serde_json::Error) -> Failure {
    Failure { code: ErrorCode::InvalidParams, message: error.to_string() }
}

fn written(answer: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::internal(error.to_string()))
}

/// The diagnostics of a text.
fn document(params: &DocumentDiagnosticParams, latest: &Latest) -> Value {
    let uri = params.text_document.uri.to_string();
    let of_text = latest.texts.get(&uri).cloned().unwrap_or_default();
    report(&of_text, params.previous_result_id.as_deref())
}

/// The diagnostics of all texts; an empty list for a text whose diagnostics are gone.
fn workspace(params: &WorkspaceDiagnosticParams, latest: &Latest) -> Value {
    let known =
        params.previous_result_ids.iter().map(|previous| (previous.uri.to_string(), previous.value.as_str()));
    let known: BTreeMap<String, &str> = known.collect();
    let gone = known.keys().filter(|uri| !latest.texts.contains_key(*uri));
    let none = OfText::default();
    let all = latest.texts.iter().chain(gone.map(|uri| (uri, &none)));
    let items = all.map(|(uri, of_text)| {
        let mut item = report(of_text, known.get(uri).copied());
        item["uri"] = json!(uri);
        item["version"] = json!(of_text.version);
        item
    });
    json!({ "items": items.collect::<Vec<_>>() })
}

/// A report of diagnostics; a short one if the client already has the same diagnostics.
fn report(of_text: &OfText, previous: Option<&str>) -> Value {
    let id = result_id(of_text);
    if previous == Some(id.as_str()) {
        json!({ "kind": "unchanged", "resultId": id })
    } else {
        json!({ "kind": "full", "resultId": id, "items": of_text.items })
    }
}

fn result_id(of_text: &OfText) -> String {
    let mut hasher = DefaultHasher::new();
    for item in &of_text.items {
        serde_json::to_string(item).unwrap_or_default().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
