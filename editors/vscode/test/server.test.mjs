// The client's own code against the real server, without an editor. `PULLWARDEN` names the program.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const { DOCUMENTS, forServer, program } = require("../out/options.js");
const protocol = require("vscode-languageserver-protocol/node");
const manifest = require("../package.json");

const BAD = `apiVersion: operator.openshift.io/v1alpha1
kind: ImageContentSourcePolicy
metadata:
  name: a
spec:
  repositoryDigestMirrors:
  - source: https://quay.io/a
    mirrors: [m.example/a]
`;

test("every setting of the server is one of the extension", () => {
  const names = Object.keys(manifest.contributes.configuration.properties).map((name) => name.replace("pullwarden.", ""));
  const settings = Object.fromEntries(names.map((name) => [name, name === "policies" ? true : "x"]));
  const given = Object.keys(forServer(settings, true));
  assert.deepEqual(given.sort(), ["baseline", "openshift", "platform", "policies", "preset"]);
  assert.ok(given.every((name) => names.includes(name)));
});

test("a workspace that is not trusted runs no policies", () => {
  assert.equal(forServer({ policies: true }, false).policies, false);
  assert.equal(forServer({ policies: true }, true).policies, true);
  assert.deepEqual(forServer({ openshift: "", preset: null }, true), {});
  assert.deepEqual(program({ path: "" }), { command: "pullwarden", args: ["server"] });
});

test("the server answers the client", { timeout: 60_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "pullwarden-vscode-"));
  writeFileSync(join(directory, "a.yaml"), "");
  const root = pathToFileURL(directory).href;
  const { command, args } = program({ path: process.env.PULLWARDEN ?? "pullwarden" });
  const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const connection = protocol.createProtocolConnection(
    new protocol.StreamMessageReader(server.stdout),
    new protocol.StreamMessageWriter(server.stdin),
  );
  connection.listen();
  try {
    const greeting = await connection.sendRequest(protocol.InitializeRequest.type, {
      processId: process.pid,
      rootUri: root,
      workspaceFolders: [{ uri: root, name: "a" }],
      capabilities: { textDocument: { publishDiagnostics: { relatedInformation: true } } },
      initializationOptions: forServer({ openshift: "4.18", policies: true }, true),
    });
    assert.equal(greeting.serverInfo.name, "pullwarden");
    await connection.sendNotification(protocol.InitializedNotification.type, {});
    const uri = `${root}/a.yaml`;
    const published = new Promise((resolve) => {
      connection.onNotification(protocol.PublishDiagnosticsNotification.type, (params) => {
        if (params.uri === uri && params.diagnostics.length > 0) resolve(params);
      });
    });
    await connection.sendNotification(protocol.DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: DOCUMENTS[0].language, version: 1, text: BAD },
    });
    const { diagnostics } = await published;
    assert.deepEqual(diagnostics.map((one) => one.code), ["deprecated-icsp", "invalid-source"]);
    const actions = await connection.sendRequest(protocol.CodeActionRequest.type, {
      textDocument: { uri },
      range: diagnostics[1].range,
      context: { diagnostics: [diagnostics[1]], only: ["quickfix"] },
    });
    assert.equal(actions[0].isPreferred, true);
    await connection.sendRequest(protocol.ShutdownRequest.type);
    await connection.sendNotification(protocol.ExitNotification.type);
    const code = await new Promise((resolve) => server.once("exit", resolve));
    assert.equal(code, 0);
  } finally {
    connection.dispose();
    server.kill();
    rmSync(directory, { recursive: true });
  }
});
