//! A client: it starts the program, and keeps what it is told.

use crate::command::command;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing takes longer, even where ten tests run at once.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client with its server.
pub(crate) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next_id: i64,
    /// The diagnostics that the server has sent, by address.
    pub(crate) diagnostics: BTreeMap<String, Value>,
    /// Everything else that it has sent by itself.
    pub(crate) said: Vec<Value>,
    /// What the server says that it can do.
    pub(crate) greeting: Value,
}

/// The address of a file.
pub(crate) fn uri(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut uri = "file://".to_owned();
    for byte in path.to_str().expect("UTF-8").bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'~' => uri.push(byte as char),
            byte if byte.is_ascii_alphanumeric() => uri.push(byte as char),
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

/// Copies a directory.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            let _ = std::fs::copy(entry.path(), to).expect("a file");
        }
    }
}

/// A message as it goes over the wire.
pub(crate) fn framed(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// What most clients can do.
pub(crate) fn capabilities() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": {
            "publishDiagnostics": { "relatedInformation": true },
            "codeAction": { "disabledSupport": true },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
        },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
    })
}

impl Client {
    /// Starts a server that has been told nothing yet.
    pub(crate) fn silent() -> Self {
        let directory = std::env::temp_dir();
        let mut command = command(&directory, &["server", "--stdio"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("pullwarden runs");
        let input = child.stdin.take();
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (send, messages) = mpsc::channel();
        thread::spawn(move || read(out, |message| send.send(message).is_ok()));
        Self {
            child,
            input,
            messages,
            next_id: 0,
            diagnostics: BTreeMap::new(),
            said: Vec::new(),
            greeting: Value::Null,
        }
    }

    /// Starts a server for a directory.
    pub(crate) fn of(root: &Path) -> Self {
        Self::with(&[root], capabilities(), Value::Null)
    }

    /// Starts a server for directories.
    pub(crate) fn with(roots: &[&Path], capabilities: Value, options: Value) -> Self {
        let mut client = Self::silent();
        let folders = roots.iter().map(|root| json!({ "uri": uri(root), "name": "folder" }));
        let params = json!({
            "processId": std::process::id(),
            "rootUri": null,
            "workspaceFolders": folders.collect::<Vec<_>>(),
            "capabilities": capabilities,
            "initializationOptions": options,
        });
        client.greeting = client.request("initialize", params);
        client.notify("initialized", json!({}));
        client
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        // A server that has ended reads nothing more.
        let _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.write(&framed(&message.to_string()));
    }

    /// Asks without waiting, and returns the number of the request.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params });
        self.write(&framed(&message.to_string()));
        self.next_id
    }

    /// The answer to a request, as a whole.
    pub(crate) fn answer(&mut self, id: i64) -> Value {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < PATIENCE, "no answer to request {id}");
            let message = self.messages.recv_timeout(PATIENCE).expect("an answer");
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            self.take(message);
        }
    }

    /// The result of a request.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let mut answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Waits until the server has looked at everything that it was told.
    pub(crate) fn settle(&mut self) {
        self.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    }

    fn take(&mut self, message: Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            let uri = message["params"]["uri"].as_str().expect("an address").to_owned();
            self.diagnostics.insert(uri, message["params"].clone());
            return;
        }
        if message["method"] == "workspace/configuration" {
            self.said.push(message);
            return;
        }
        if message.get("method").is_some() && message.get("id").is_some() {
            let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": null });
            self.write(&framed(&answer.to_string()));
        }
        self.said.push(message);
    }

    /// Answers a request of the server that was not answered yet, and returns its parameters.
    pub(crate) fn reply(&mut self, method: &str, result: Value) -> Value {
        let at = self.said.iter().position(|message| message["method"] == method).expect("a request");
        let mut asked = self.said.remove(at);
        let answer = json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result });
        self.write(&framed(&answer.to_string()));
        asked["params"].take()
    }

    pub(crate) fn open(&mut self, uri: &str, text: &str) {
        let item = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }

    /// Gives an open text another one.
    pub(crate) fn change(&mut self, uri: &str, version: i32, text: &str) {
        let document = json!({ "uri": uri, "version": version });
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
        );
    }

    /// The codes of the diagnostics of a text, with the lines from 1.
    pub(crate) fn codes(&self, uri: &str) -> Vec<String> {
        let items = self.diagnostics.get(uri).and_then(|params| params["diagnostics"].as_array());
        let code = |item: &Value| {
            format!(
                "{}:{}",
                item["code"].as_str().unwrap_or_default(),
                item["range"]["start"]["line"].as_u64().unwrap_or_default() + 1
            )
        };
        items.into_iter().flatten().map(code).collect()
    }

    /// Says nothing more, and waits for the end.
    pub(crate) fn hang_up(mut self) -> (ExitStatus, String) {
        self.input = None;
        self.wait()
    }

    /// Ends the server as the protocol asks.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.wait()
    }

    /// Waits for the end, and returns what standard error has.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                let mut text = String::new();
                self.child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("a text");
                return (status, text);
            }
            assert!(start.elapsed() < PATIENCE, "the server does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads messages until the stream ends. Whatever is no message fails the test.
fn read(mut out: impl BufRead, send: impl Fn(Value) -> bool) {
    loop {
        let mut length = None;
        loop {
            let mut line = String::new();
            if out.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let value = line.strip_prefix("Content-Length: ");
            length =
                Some(value.unwrap_or_else(|| panic!("not the protocol: {line}")).parse().expect("a number"));
        }
        let mut bytes = vec![0; length.expect("a length")];
        out.read_exact(&mut bytes).expect("a message");
        if !send(serde_json::from_slice(&bytes).expect("JSON")) {
            return;
        }
    }
}
