//! Tests can replace functions by values: `with http.send as answer`.
//!
//! The interpreter can replace its own functions and those of modules. So in packages that need it, the other functions
//! become functions of a module, which call the real ones.

use super::tokens::{Kind, tokens};
use super::{functions, refs};
use crate::Host;
use regorus::unstable::{Module, Ref};
use std::collections::{BTreeMap, BTreeSet};

/// The name of a function behind one of a module.
pub(super) fn real(name: &str) -> String {
    format!("__real.{name}")
}

/// The additional modules, by package.
pub(super) fn modules(modules: &[Ref<Module>], host: &Host) -> Vec<(String, String)> {
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in modules {
        let Some(package) = refs::components(&module.package.refr) else { continue };
        let names = targets(module.package.span.source.contents());
        packages.entry(package.join(".")).or_default().extend(names);
    }
    let mut needed = Vec::new();
    for (package, names) in packages {
        let mut text = format!("package {package}\n");
        for name in names {
            let of_host = host.functions.iter().find(|function| function.name == name);
            let own = functions::added(&name);
            let Some(arguments) = of_host.map(|function| usize::from(function.arguments)).or(own) else {
                continue;
            };
            let arguments: Vec<_> = (0..arguments).map(|n| format!("a{n}")).collect();
            let arguments = arguments.join(", ");
            text.extend([&name, "(", &arguments, ") := ", &real(&name), "(", &arguments, ")\n"]);
        }
        if text.contains(":=") {
            needed.push((package, text));
        }
    }
    needed
}

/// The texts between `with` and `as`.
fn targets(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut target: Option<String> = None;
    for token in tokens(text) {
        let word = &text[token.range];
        match (&mut target, token.kind, word) {
            (_, Kind::Word, "with") => target = Some(String::new()),
            (Some(path), Kind::Word, "as") => {
                found.insert(std::mem::take(path));
                target = None;
            }
            (Some(path), Kind::Word, _) | (Some(path), Kind::Sign, ".") => path.push_str(word),
            _ => target = None,
        }
    }
    found
}
