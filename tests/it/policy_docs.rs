//! `docs/policies.md` does what it says: its files are written, its commands run, and what they print stands below them.
//! `BLESS=1` writes what they print.

use crate::command::{Scratch, err, out, pullwarden};
use crate::generated::root;
use std::fmt::Write;

#[test]
fn the_page_does_what_it_says() {
    let path = root().join("docs/policies.md");
    let text = std::fs::read_to_string(&path).expect("the page");
    let repository = Scratch::new("policy-docs", &[(".git/HEAD", "")]);
    let mut written = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let _ = writeln!(written, "{line}");
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(title) = info.split("title=\"").nth(1).and_then(|rest| rest.strip_suffix('"')) {
            let to = repository.0.join(title);
            std::fs::create_dir_all(to.parent().expect("a directory")).expect("a directory");
            std::fs::write(to, block.join("\n") + "\n").expect("a file");
        }
        let command = block.first().and_then(|line| line.strip_prefix("$ pullwarden "));
        if let Some(command) = command.filter(|_| info == "console") {
            let _ = writeln!(written, "$ pullwarden {command}");
            let args: Vec<&str> = command.split_whitespace().collect();
            let output = pullwarden(&repository.0, &args);
            assert!(output.status.code() < Some(2), "{command}: {}", err(&output));
            // A command alone is only run.
            if block.len() > 1 {
                written.push_str(out(&output).trim_end());
                written.push('\n');
            }
        } else {
            for line in &block {
                let _ = writeln!(written, "{line}");
            }
        }
        let _ = writeln!(written, "```");
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &written).expect("the page");
    }
    assert!(written == text, "docs/policies.md shows something else than the commands print:\n{written}");
}
