//! Messages to the client. Large ones are written from the values that the server has anyway.

use super::diagnostics::OfText;
use lsp_server::{Message, RequestId};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

/// A message to the client.
pub(super) enum Outgoing {
    /// Any message.
    Message(Message),
    /// The answer to a request.
    Answer(RequestId, Box<RawValue>),
    /// The diagnostics of the text with this address.
    Diagnostics(String, Arc<BTreeMap<String, OfText>>),
}

#[derive(Serialize)]
struct Answer<'m> {
    jsonrpc: &'static str,
    id: &'m RequestId,
    result: &'m RawValue,
}

#[derive(Serialize)]
struct Notification<'m> {
    jsonrpc: &'static str,
    method: &'static str,
    params: Published<'m>,
}

#[derive(Serialize)]
struct Published<'m> {
    uri: &'m str,
    diagnostics: &'m [Box<RawValue>],
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
}

impl Outgoing {
    /// Writes the message with its header.
    pub(super) fn write(&self, mut out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Message(message) => message.write(&mut out),
            Self::Answer(id, result) => framed(&Answer { jsonrpc: "2.0", id, result }, out),
            Self::Diagnostics(uri, texts) => {
                let of_text = texts.get(uri);
                let diagnostics = of_text.map_or(&[][..], |of_text| &of_text.items);
                let version = of_text.and_then(|of_text| of_text.version);
                let params = Published { uri, diagnostics, version };
                let method = "textDocument/publishDiagnostics";
                framed(&Notification { jsonrpc: "2.0", method, params }, out)
            }
        }
    }
}

fn framed(message: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(message)?;
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())
}
