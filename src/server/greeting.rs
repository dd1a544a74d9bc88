//! What the server sends to a client at the start.

use super::actions::FIX_ALL;
use super::client::{Client, Options};
use serde_json::{Value, json};

/// What the server can do.
pub(super) fn capabilities(client: &Client, options: &Options) -> Value {
    let mut capabilities = json!({
        "positionEncoding": client.encoding.kind(),
        "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
        "codeActionProvider": {
            "codeActionKinds": ["quickfix", FIX_ALL],
            "resolveProvider": client.resolves_edits,
        },
        "hoverProvider": true,
        "codeLensProvider": { "resolveProvider": true },
        "documentLinkProvider": {},
        "completionProvider": { "triggerCharacters": ["[", ",", " ", "-"] },
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
    });
    // A client that gets diagnostics in both ways shows each of them twice.
    if options.is_asked {
        capabilities["diagnosticProvider"] = json!({ "identifier": "pullwarden", "interFileDependencies": true, "workspaceDiagnostics": true });
    }
    json!({
        "capabilities": capabilities,
        "serverInfo": { "name": "pullwarden", "version": env!("CARGO_PKG_VERSION") },
    })
}

/// Asks for a notification of each file that changes: a kustomization or a chart may read any file.
pub(super) fn watched_files() -> Value {
    let watchers = json!([{ "globPattern": "**/*" }]);
    json!({ "registrations": [{
        "id": "pullwarden-files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": { "watchers": watchers },
    }] })
}
