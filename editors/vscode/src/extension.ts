// Starts `pullwarden server`, and starts it again when the settings that name it change.

import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";
import { DOCUMENTS, forServer, program } from "./options";

let client: LanguageClient | undefined;

function settings(): Record<string, unknown> {
  const section = vscode.workspace.getConfiguration("pullwarden");
  const names = ["path", "openshift", "platform", "preset", "baseline", "policies"];
  return Object.fromEntries(names.map((name) => [name, section.get(name)]));
}

async function start(): Promise<void> {
  const given = settings();
  const options = () => forServer(settings(), vscode.workspace.isTrusted);
  client = new LanguageClient("pullwarden", "pullwarden", program(given), {
    documentSelector: [...DOCUMENTS],
    initializationOptions: options(),
    middleware: {
      // The server asks for its section; what it gets depends on whether the workspace is trusted.
      workspace: { configuration: (params) => params.items.map(() => options()) },
    },
  });
  try {
    await client.start();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`pullwarden does not start: ${why}. The setting pullwarden.path names the program.`);
  }
}

async function stop(): Promise<void> {
  const old = client;
  client = undefined;
  if (old?.isRunning()) {
    await old.stop();
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("pullwarden.restart", restart),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("pullwarden.path")) {
        await restart();
      } else if (event.affectsConfiguration("pullwarden")) {
        await client?.sendNotification("workspace/didChangeConfiguration", { settings: null });
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}
