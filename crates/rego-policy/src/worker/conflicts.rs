//! Finds rules of two kinds under one name, and a second default. OPA refuses them when it reads a policy.

use super::refs::components;
use crate::{Fault, Place};
use regorus::unstable::{Expr, Module, Ref, Rule, RuleHead};
use std::collections::BTreeMap;

/// The kind of the value of a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Set,
    Value,
    Object,
    Function(usize),
}

impl Kind {
    fn words(self) -> String {
        match self {
            Self::Set => "adds to a set".to_owned(),
            Self::Value => "has one value".to_owned(),
            Self::Object => "adds to an object".to_owned(),
            Self::Function(arguments) => {
                let plural = if arguments == 1 { "" } else { "s" };
                format!("is a function of {arguments} argument{plural}")
            }
        }
    }
}

/// The first definition of a name.
struct First {
    kind: Kind,
    has_default: bool,
}

/// The place of bytes in a module, by its name in the interpreter; `None` if it is not a module of the set.
pub(super) type PlaceOf<'a> = dyn Fn(&str, usize, usize) -> Option<Place> + 'a;

/// Adds a fault for each definition that does not agree with the first one of its name.
pub(super) fn check(modules: &[Ref<Module>], place: &PlaceOf<'_>, faults: &mut Vec<Fault>) {
    let mut known: BTreeMap<(Vec<String>, Vec<String>), First> = BTreeMap::new();
    for module in modules {
        let file = module.package.span.source.file();
        if place(file, 0, 0).is_none() {
            continue;
        }
        let Some(package) = components(&module.package.refr) else { continue };
        for rule in &module.policy {
            let (refr, kind, is_default) = defined(rule);
            let Some((path, kind)) = named(refr, kind) else { continue };
            let name = path.join(".");
            let first = known.entry((package.clone(), path)).or_insert(First { kind, has_default: false });
            let message = if first.kind != kind {
                format!("`{name}` {} here, but {} elsewhere", kind.words(), first.kind.words())
            } else if is_default && first.has_default {
                format!("`{name}` has two defaults")
            } else {
                first.has_default |= is_default;
                continue;
            };
            let span = refr.span();
            faults.push(Fault { place: place(file, span.start as usize, span.end as usize), message });
        }
    }
}

/// The name of a rule, the kind of its value, and whether it is a default.
fn defined(rule: &Rule) -> (&Expr, Kind, bool) {
    match rule {
        Rule::Spec { head: RuleHead::Set { refr, .. }, .. } => (refr, Kind::Set, false),
        Rule::Spec { head: RuleHead::Compr { refr, .. }, .. } => (refr, Kind::Value, false),
        Rule::Spec { head: RuleHead::Func { refr, args, .. }, .. } => {
            (refr, Kind::Function(args.len()), false)
        }
        Rule::Default { refr, args, .. } if args.is_empty() => (refr, Kind::Value, true),
        Rule::Default { refr, args, .. } => (refr, Kind::Function(args.len()), true),
    }
}

/// The path of a rule, with its kind. A rule with a key that is computed adds to the object before the key.
fn named(refr: &Expr, kind: Kind) -> Option<(Vec<String>, Kind)> {
    match (components(refr), refr, kind) {
        (Some(path), ..) => Some((path, kind)),
        (None, Expr::RefBrack { refr, .. }, Kind::Value) => Some((components(refr)?, Kind::Object)),
        _ => None,
    }
}
