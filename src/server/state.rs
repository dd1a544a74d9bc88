//! What a client has sent so far, and what the server does next.

use super::End;
use super::answer::{Failure, METHODS, is_about_places};
use super::client::{Client, Options};
use super::diagnostics::OfText;
use super::document::OpenDocument;
use super::folder::{self, Folder};
use super::frame::Incoming;
use super::outgoing::Outgoing;
use super::worker::{Done, Outcome, Snapshot, Work};
use super::{greeting, uri};
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The most requests that wait for an answer.
const MAX_PENDING: usize = 1_000;
/// The most bytes of all requests that wait.
const MAX_PENDING_BYTES: usize = 64 << 20;
/// The most texts that may be open.
const MAX_OPEN: usize = 10_000;
/// The most bytes of all open texts.
const MAX_OPEN_BYTES: usize = 1 << 30;
/// The name of the request for the client's settings.
const SETTINGS: &str = "pullwarden-settings";

/// The phase of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// It has not sent `initialize`.
    #[default]
    Silent,
    /// It has sent `initialize`.
    Working,
    /// It has sent `shutdown`.
    Ending,
}

/// What the worker does next.
pub(super) enum Next {
    /// The worker does this.
    Work(Work),
    /// The worker is busy, or there is nothing to do.
    Wait,
}

/// The state of the conversation.
#[derive(Default)]
pub(super) struct State {
    phase: Phase,
    client: Client,
    options: Options,
    folders: Vec<Arc<Folder>>,
    documents: BTreeMap<String, Arc<OpenDocument>>,
    process: Option<i32>,
    /// How often somebody said that files have changed.
    disk: u64,
    /// Whether something has changed since the last check began.
    is_dirty: bool,
    /// The current work of the worker.
    busy: Option<Busy>,
    /// Stops the last check, and later reads of its state.
    stop: Arc<AtomicBool>,
    /// The requests that wait, with the lengths of their messages.
    pending: VecDeque<(Request, usize)>,
    /// The diagnostics that the client has, by text.
    published: Arc<BTreeMap<String, OfText>>,
    /// The reported reasons why folders cannot be checked.
    troubles: Vec<String>,
    /// The messages to write.
    pub(super) outgoing: Vec<Outgoing>,
}

enum Busy {
    Checking,
    /// The request, unless it was cancelled, and whether its answer is about places of texts.
    Answering(Option<RequestId>, bool),
}

impl State {
    /// Whether the process that started this one still runs.
    pub(super) fn client_lives(&self) -> bool {
        #[cfg(unix)]
        if let Some(process) = self.process.and_then(rustix::process::Pid::from_raw) {
            return rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH);
        }
        true
    }

    /// How the client has ended, after it closed the stream.
    pub(super) fn ended(&self) -> End {
        if self.phase == Phase::Ending { End::Asked } else { End::Unasked }
    }

    /// Handles a message. Returns how the client has ended, after `exit`.
    pub(super) fn take(&mut self, incoming: Incoming) -> Option<End> {
        match incoming {
            Incoming::Nonsense(why) => {
                // JSON-RPC asks for an answer with an id of null, which the types of the protocol do not allow.
                self.log(1, &why);
                None
            }
            Incoming::Message(Message::Request(request), length) => {
                self.request(request, length);
                None
            }
            Incoming::Message(Message::Notification(notification), _) if notification.method == "exit" => {
                Some(self.ended())
            }
            Incoming::Message(Message::Notification(notification), _) => {
                if self.phase == Phase::Working {
                    self.notification(notification);
                }
                None
            }
            Incoming::Message(Message::Response(response), _) => {
                self.response(response);
                None
            }
        }
    }

    fn request(&mut self, request: Request, length: usize) {
        match (self.phase, request.method.as_str()) {
            (Phase::Silent, "initialize") => self.begin(request),
            (Phase::Silent, _) => {
                self.fail(request.id, ErrorCode::ServerNotInitialized, "`initialize` comes first");
            }
            (Phase::Ending, _) | (Phase::Working, "initialize") => {
                self.fail(request.id, ErrorCode::InvalidRequest, "this request does not come now");
            }
            (Phase::Working, "shutdown") => {
                self.phase = Phase::Ending;
                self.stop_check();
                self.answer(request.id, &Value::Null);
            }
            (Phase::Working, method) if METHODS.contains(&method) => {
                let bytes: usize = self.pending.iter().map(|(_, length)| length).sum();
                if self.pending.len() < MAX_PENDING && bytes + length <= MAX_PENDING_BYTES {
                    self.pending.push_back((request, length));
                } else {
                    self.fail(request.id, ErrorCode::RequestFailed, "too many requests wait for an answer");
                }
            }
            (Phase::Working, method) => {
                let message = format!("there is no `{}`", method.chars().take(100).collect::<String>());
                self.fail(request.id, ErrorCode::MethodNotFound, &message);
            }
        }
    }

    fn begin(&mut self, request: Request) {
        let params = &request.params;
        self.client = Client::of(&params["capabilities"]);
        let process = params["processId"].as_i64().and_then(|id| i32::try_from(id).ok());
        // Zero and negative numbers name groups of processes.
        self.process = process.filter(|id| *id > 0);
        self.set_options(&params["initializationOptions"]);
        let folders = params["workspaceFolders"].as_array();
        let folders =
            folders.map(|folders| folders.iter().filter_map(|folder| folder["uri"].as_str()).collect());
        let folders: Vec<&str> = folders.unwrap_or_else(|| params["rootUri"].as_str().into_iter().collect());
        self.folders = folders.into_iter().filter_map(Folder::at).map(Arc::new).collect();
        self.phase = Phase::Working;
        self.is_dirty = true;
        let greeting = greeting::capabilities(&self.client, &self.options);
        self.answer(request.id, &greeting);
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" => self.greet(),
            "textDocument/didOpen" => {
                if let Some(opened) = self.params::<DidOpenTextDocumentParams>(&method, params) {
                    let item = opened.text_document;
                    self.open(OpenDocument::new(item.uri.to_string(), item.version, item.text));
                }
            }
            "textDocument/didChange" => {
                if let Some(change) = self.params::<DidChangeTextDocumentParams>(&method, params) {
                    let uri = change.text_document.text_document_identifier.uri.to_string();
                    let version = change.text_document.version;
                    if let Some(document) = self.documents.get(&uri) {
                        let changed = document.changed(version, change.content_changes, self.client.encoding);
                        self.open(changed);
                    }
                }
            }
            "textDocument/didClose" => {
                if let Some(closed) = self.params::<DidCloseTextDocumentParams>(&method, params) {
                    let uri = closed.text_document.uri.to_string();
                    if self.documents.remove(&uri).is_some() {
                        self.file_changed(&uri);
                    }
                }
            }
            "textDocument/didSave" => {
                if let Some(saved) = self.params::<DidSaveTextDocumentParams>(&method, params) {
                    self.file_changed(saved.text_document.uri.as_ref());
                }
            }
            "workspace/didChangeWatchedFiles" => {
                if let Some(changed) = self.params::<DidChangeWatchedFilesParams>(&method, params) {
                    for change in changed.changes {
                        self.file_changed(change.uri.as_ref());
                    }
                }
            }
            "workspace/didChangeWorkspaceFolders" => self.change_folders(&params["event"]),
            "workspace/didChangeConfiguration" => {
                if self.client.has_settings {
                    self.ask_settings();
                } else {
                    self.set_options(&params["settings"]);
                }
            }
            "$/cancelRequest" => self.cancel(&params["id"]),
            _ => {}
        }
    }

    /// The parameters of a notification. Errors in them are only logged, since nobody waits for an answer.
    fn params<P: DeserializeOwned>(&mut self, method: &str, params: Value) -> Option<P> {
        match serde_json::from_value(params) {
            Ok(params) => Some(params),
            Err(error) => {
                self.log(2, &format!("the parameters of `{method}` cannot be read: {error}"));
                None
            }
        }
    }

    fn open(&mut self, document: OpenDocument) {
        let others = self.documents.values().filter(|other| other.uri != document.uri);
        let bytes: usize = others.clone().map(|other| other.source.text.len()).sum();
        if others.count() >= MAX_OPEN || bytes + document.source.text.len() > MAX_OPEN_BYTES {
            self.log(1, "too many texts are open; this one is checked as its file");
            self.documents.remove(&document.uri);
        } else {
            self.documents.insert(document.uri.clone(), Arc::new(document));
        }
        self.changed();
    }

    fn file_changed(&mut self, uri: &str) {
        self.disk += 1;
        if let Some(path) = uri::to_path(uri) {
            // A link is an entry of its own directory, wherever it leads.
            for path in [super::document::real(&path), super::document::entry(&path)] {
                for folder in self.folders.iter().filter(|folder| folder.holds(&path)) {
                    folder.cache.forget(&path);
                }
            }
        }
        self.changed();
    }

    fn change_folders(&mut self, event: &Value) {
        let uris = |list: &Value| -> BTreeSet<String> {
            let folders = list.as_array().into_iter().flatten();
            folders.filter_map(|folder| folder["uri"].as_str()).map(str::to_owned).collect()
        };
        let (added, removed) = (uris(&event["added"]), uris(&event["removed"]));
        self.folders.retain(|folder| !removed.contains(&folder.uri));
        self.folders.extend(added.iter().filter_map(|uri| Folder::at(uri)).map(Arc::new));
        self.changed();
    }

    fn changed(&mut self) {
        self.is_dirty = true;
        self.stop_check();
    }

    fn stop_check(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// What the server requests from a client after `initialized`.
    fn greet(&mut self) {
        if self.client.watches {
            self.ask("pullwarden-files", "client/registerCapability", greeting::watched_files());
        }
        if self.client.has_settings {
            self.ask_settings();
        }
    }

    fn ask_settings(&mut self) {
        self.ask(SETTINGS, "workspace/configuration", json!({ "items": [{ "section": "pullwarden" }] }));
    }

    fn set_options(&mut self, given: &Value) {
        let (options, wrong) = Options::read(given);
        for why in wrong {
            self.log(2, &why);
        }
        // This cannot change later: the answer to `initialize` says how diagnostics are sent.
        let is_asked = if self.phase == Phase::Silent { options.is_asked } else { self.options.is_asked };
        let options = Options { is_asked, ..options };
        if options != self.options {
            self.options = options;
            self.changed();
        }
    }

    fn response(&mut self, response: Response) {
        if response.id == RequestId::from(SETTINGS.to_owned())
            && let Ok(settings) = response.response_result
            && settings.get(0).is_some_and(|settings| !settings.is_null())
        {
            self.set_options(&settings[0]);
        }
    }

    fn cancel(&mut self, id: &Value) {
        let Ok(id) = serde_json::from_value::<RequestId>(id.clone()) else { return };
        let waits = self.pending.iter().position(|(request, _)| request.id == id);
        let is_known = match (waits, &mut self.busy) {
            (Some(at), _) => self.pending.remove(at).is_some(),
            (None, Some(Busy::Answering(answering, _))) if answering.as_ref() == Some(&id) => {
                answering.take().is_some()
            }
            _ => false,
        };
        if is_known {
            self.fail(id, ErrorCode::RequestCanceled, "the client has cancelled the request");
        }
    }

    /// What the worker does next.
    pub(super) fn next(&mut self) -> Next {
        if self.busy.is_some() || self.phase != Phase::Working {
            return Next::Wait;
        }
        if self.is_dirty {
            self.is_dirty = false;
            self.stop = Arc::default();
            self.busy = Some(Busy::Checking);
            return Next::Work(Work::Check(Snapshot {
                folders: folder::outermost(&self.folders),
                documents: self.documents.values().cloned().collect(),
                disk: self.disk,
                options: self.options.clone(),
                client: self.client,
                stop: self.stop.clone(),
            }));
        }
        let Some((request, _)) = self.pending.pop_front() else { return Next::Wait };
        self.busy = Some(Busy::Answering(Some(request.id.clone()), is_about_places(&request.method)));
        Next::Work(Work::Answer(request.id, request.method, request.params))
    }

    /// Handles the result of the worker.
    pub(super) fn done(&mut self, outcome: Outcome) {
        let busy = self.busy.take();
        match outcome {
            Outcome::Checked(done) => self.checked(done),
            Outcome::Answered(id, answer) => match busy {
                Some(Busy::Answering(Some(_), true)) if self.is_dirty => {
                    self.answered(id, Err(Failure::outdated()));
                }
                Some(Busy::Answering(Some(_), _)) => self.answered(id, answer),
                _ => {}
            },
        }
    }

    fn checked(&mut self, done: Done) {
        let Some(texts) = done.texts else { return };
        for trouble in &done.troubles {
            if !self.troubles.contains(trouble) {
                self.notify(
                    "window/showMessage",
                    json!({ "type": 1, "message": format!("pullwarden: {trouble}") }),
                );
            }
        }
        self.troubles = done.troubles;
        if self.phase != Phase::Working {
            return;
        }
        let old = std::mem::take(&mut self.published);
        let has_changed = old != texts;
        if has_changed && self.client.refreshes_lenses {
            self.ask("pullwarden-lenses", "workspace/codeLens/refresh", Value::Null);
        }
        if self.options.is_asked {
            if has_changed && self.client.refreshes_diagnostics {
                self.ask("pullwarden-diagnostics", "workspace/diagnostic/refresh", Value::Null);
            }
        } else {
            let gone = old.keys().filter(|uri| !texts.contains_key(*uri));
            let new = texts.iter().filter(|(uri, of_text)| old.get(*uri) != Some(of_text));
            for uri in gone.chain(new.map(|(uri, _)| uri)) {
                self.outgoing.push(Outgoing::Diagnostics(uri.clone(), Arc::clone(&texts)));
            }
        }
        self.published = texts;
    }

    fn log(&mut self, kind: u8, message: &str) {
        self.notify("window/logMessage", json!({ "type": kind, "message": message }));
    }

    fn notify(&mut self, method: &str, params: Value) {
        let notification = Notification { method: method.to_owned(), params };
        self.outgoing.push(Outgoing::Message(notification.into()));
    }

    fn ask(&mut self, id: &str, method: &str, params: Value) {
        let id = RequestId::from(id.to_owned());
        let request = Request { id, method: method.to_owned(), params };
        self.outgoing.push(Outgoing::Message(request.into()));
    }

    fn answer(&mut self, id: RequestId, answer: &Value) {
        self.outgoing.push(Outgoing::Message(Response::new_ok(id, answer).into()));
    }

    fn answered(&mut self, id: RequestId, answer: Result<Box<RawValue>, Failure>) {
        match answer {
            Ok(answer) => self.outgoing.push(Outgoing::Answer(id, answer)),
            Err(Failure { code, message }) => self.fail(id, code, &message),
        }
    }

    fn fail(&mut self, id: RequestId, code: ErrorCode, message: &str) {
        let response = Response::new_err(id, code as i32, message.to_owned());
        self.outgoing.push(Outgoing::Message(response.into()));
    }
}
