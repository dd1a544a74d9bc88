//! Neovim as it is installed here, set up as `docs/editors.md` says.

use crate::command::{BAD, Scratch};
use std::process::Command;

/// The lines of the page, and then the diagnostics of the open file.
const SCRIPT: &str = "
local settings = { name = 'pullwarden', cmd = { vim.env.PULLWARDEN, 'server' }, root_dir = vim.fn.getcwd() }
if vim.lsp.start then
  vim.lsp.start(settings)
else
  vim.lsp.buf_attach_client(0, vim.lsp.start_client(settings))
end
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 50)
for _, found in ipairs(vim.diagnostic.get(0)) do
  io.stdout:write(string.format('%d:%d %s\\n', found.lnum + 1, found.col + 1, found.user_data.lsp.code))
end
vim.cmd('qall!')
";

#[test]
fn neovim_shows_the_diagnostics() {
    if Command::new("nvim").arg("--version").output().is_err() {
        println!("skipped: `nvim` is not installed here");
        return;
    }
    let repo = Scratch::new("neovim", &[("repo/a.yaml", BAD), ("run.lua", SCRIPT)]);
    let output = Command::new("nvim")
        .args(["--headless", "--clean", "a.yaml", "-S", "../run.lua"])
        .current_dir(repo.0.join("repo"))
        .env("PULLWARDEN", env!("CARGO_BIN_EXE_pullwarden"))
        .env("XDG_STATE_HOME", repo.0.join("state"))
        .env("XDG_CACHE_HOME", repo.0.join("cache"))
        .output()
        .expect("Neovim runs");
    let shown = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    assert_eq!(
        shown.trim(),
        "2:7 deprecated-icsp\n7:13 invalid-source",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
