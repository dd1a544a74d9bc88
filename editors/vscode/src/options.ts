// What the editor tells the server. It knows nothing of the editor, so that tests run it without one.

/** What a user sets, by the name of the setting. */
export type Settings = Readonly<Record<string, unknown>>;

/** The texts that the server is told of. */
export const DOCUMENTS = [
  { scheme: "file", language: "yaml" },
  { scheme: "file", language: "json" },
  { scheme: "file", language: "helm" },
  { scheme: "file", pattern: "**/*.{yaml,yml,json,bu,tpl,rego}" },
  { scheme: "untitled", language: "yaml" },
] as const;

/** The settings that the server reads. */
const FOR_SERVER = ["openshift", "platform", "preset", "baseline", "policies"] as const;

/** The program and its arguments. */
export function program(settings: Settings): { command: string; args: string[] } {
  const path = settings["path"];
  return { command: typeof path === "string" && path !== "" ? path : "pullwarden", args: ["server"] };
}

/** The settings of the server. Policies of a workspace that is not trusted do not run. */
export function forServer(settings: Settings, isTrusted: boolean): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const name of FOR_SERVER) {
    const value = settings[name];
    if (value !== undefined && value !== null && value !== "") {
      options[name] = value;
    }
  }
  if (!isTrusted) {
    options["policies"] = false;
  }
  return options;
}
