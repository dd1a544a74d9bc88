#!/usr/bin/env node
// Starts the program of this platform, which is in an optional dependency.
"use strict";

const { spawnSync } = require("node:child_process");

const name = `@pullwarden/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "pullwarden.exe" : "pullwarden";

let program;
try {
  program = require.resolve(`${name}/${file}`);
} catch {
  console.error(
    `pullwarden: the package ${name} is not installed. Install without --omit=optional; ` +
      "if npm does not offer the package, there is no program for this platform, and `cargo install pullwarden` builds one.",
  );
  process.exit(2);
}

const { error, status, signal } = spawnSync(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
if (error) {
  console.error(`pullwarden: cannot start ${program}: ${error.message}`);
  process.exit(2);
}
if (signal) process.kill(process.pid, signal);
process.exit(status ?? 2);
