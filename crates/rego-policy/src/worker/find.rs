//! Finds the rules with findings in a set.

use super::annotations::{Annotation, Scope, annotations};
use super::matchers::Matchers;
use super::place::{self, Texts};
use super::refs;
use crate::{Fault, Head, Kind, Metadata, Mute, PolicyRule, PolicyTest};
use regorus::Value;
use regorus::unstable::{Expr, Module, Ref, Rule, RuleHead};
use std::collections::{BTreeMap, BTreeSet};

/// The rules and tests of all sets.
#[derive(Clone, Default)]
pub(super) struct Found {
    pub rules: Vec<PolicyRule>,
    /// The syntax of each head of each rule.
    pub heads: Vec<Vec<Syntax>>,
    pub mutes: Vec<Mute>,
    pub tests: Vec<PolicyTest>,
    /// The syntax of each test.
    pub test_syntax: Vec<TestSyntax>,
    /// Packages with an `exception`.
    pub exceptions: BTreeSet<(usize, String)>,
}

/// A test as it is evaluated.
#[derive(Clone)]
pub(super) struct TestSyntax {
    pub module: Ref<Module>,
    pub rule: Ref<Rule>,
}

/// A head as it is evaluated.
#[derive(Clone)]
pub(super) struct Syntax {
    pub module: Ref<Module>,
    pub rule: Ref<Rule>,
    pub matchers: Option<Matchers>,
}

/// The definitions of one rule.
type Defined = Vec<(Head, Syntax)>;

/// A module with its annotations.
struct Annotated<'a> {
    module: &'a Ref<Module>,
    source: usize,
    package: String,
    annotations: Vec<Annotation>,
}

/// Finds the rules of one set, and faults of annotations. Returns the answers to calls that ask for annotations.
pub(super) fn find(
    set: usize,
    texts: &Texts,
    modules: &[Ref<Module>],
    found: &mut Found,
    faults: &mut Vec<Fault>,
) -> Vec<Value> {
    let modules: Vec<_> = modules.iter().filter_map(|module| annotated(texts, module, faults)).collect();
    let wider = Wider::of(&modules);
    let mut rules: BTreeMap<(&str, &str), (Kind, Defined)> = BTreeMap::new();
    for Annotated { module, source, package, annotations } in &modules {
        for (number, rule) in module.policy.iter().enumerate() {
            let Some((name, shape, span)) = shape(rule) else { continue };
            if name == "exception" {
                found.exceptions.insert((set, package.clone()));
            }
            let place = texts.place(*source, span.0, span.1);
            if name.starts_with("test_") || name.starts_with("todo_test_") {
                found.tests.push(PolicyTest { set, package: package.clone(), name: name.to_owned(), place });
                found.test_syntax.push(TestSyntax { module: (*module).clone(), rule: rule.clone() });
            }
            let Some(kind) = Kind::of(name) else { continue };
            if let Shape::Mute = shape {
                found.mutes.push(Mute { set, package: package.clone(), name: name.to_owned(), place });
                continue;
            }
            let own = about(module, number, annotations).filter(|annotation| annotation.scope == Scope::Rule);
            let own = own.map(|annotation| annotation.metadata.clone()).unwrap_or_default();
            let metadata = wider.around(own, package, name);
            let matchers = Matchers::of(&metadata.custom);
            let entry = rules.entry((package, name)).or_insert_with(|| (kind, Vec::new()));
            let syntax = Syntax { module: (*module).clone(), rule: rule.clone(), matchers };
            entry.1.push((Head { place, metadata }, syntax));
        }
    }
    for ((package, name), (kind, mut heads)) in rules {
        heads.sort_by_key(|(head, _)| head.place);
        let (heads, syntax) = heads.into_iter().unzip();
        found.rules.push(PolicyRule { set, package: package.to_owned(), name: name.to_owned(), kind, heads });
        found.heads.push(syntax);
    }
    wider.answers(texts, &modules)
}

fn annotated<'a>(texts: &Texts, module: &'a Ref<Module>, faults: &mut Vec<Fault>) -> Option<Annotated<'a>> {
    let source = place::number(module.package.span.source.file())?;
    let package = refs::components(&module.package.refr)?.join(".");
    let mut sound = Vec::new();
    for read in annotations(module.package.span.source.contents(), module.package.span.start as usize) {
        match read {
            Ok(annotation) => sound.push(annotation),
            Err((range, message)) => {
                let place = texts.place(source, range.start, range.end);
                faults.push(Fault { place: Some(place), message });
            }
        }
    }
    Some(Annotated { module, source, package, annotations: sound })
}

/// The annotation of a rule of a module: the last one between the previous rule and this one.
fn about<'a>(module: &Module, number: usize, annotations: &'a [Annotation]) -> Option<&'a Annotation> {
    let end = module.policy[number].span().start as usize;
    let start = match number {
        0 => module.package.span.end as usize,
        _ => module.policy[number - 1].span().start as usize,
    };
    annotations
        .iter()
        .rfind(|annotation| (start..=end).contains(&annotation.range.start) && annotation.range.end <= end)
}

/// Annotations that describe more than one rule.
#[derive(Default)]
struct Wider<'a> {
    documents: BTreeMap<(&'a str, &'a str), &'a Annotation>,
    packages: BTreeMap<&'a str, &'a Annotation>,
    subpackages: BTreeMap<&'a str, &'a Annotation>,
}

impl<'a> Wider<'a> {
    fn of(modules: &'a [Annotated<'a>]) -> Self {
        let mut wider = Self::default();
        for Annotated { module, package, annotations, .. } in modules {
            for annotation in annotations {
                match annotation.scope {
                    Scope::Package => drop(wider.packages.insert(package, annotation)),
                    Scope::Subpackages => drop(wider.subpackages.insert(package, annotation)),
                    Scope::Document | Scope::Rule => {}
                }
            }
            for (number, rule) in module.policy.iter().enumerate() {
                let Some((name, ..)) = shape(rule) else { continue };
                let annotation = about(module, number, annotations);
                if let Some(annotation) = annotation.filter(|annotation| annotation.scope == Scope::Document)
                {
                    wider.documents.insert((package, name), annotation);
                }
            }
        }
        wider
    }

    /// The annotations of a rule, completed by those around it.
    fn around(&self, mut own: Metadata, package: &str, name: &str) -> Metadata {
        for (_, annotation) in self.chain(package, name) {
            own = own.within(&annotation.metadata);
        }
        own
    }

    /// The annotations around a rule with their subjects, from the inside to the outside.
    fn chain(&self, package: &str, name: &str) -> Vec<(Vec<String>, &'a Annotation)> {
        let path = |package: &str| package.split('.').map(str::to_owned).collect::<Vec<_>>();
        let mut chain = Vec::new();
        if let Some(document) = self.documents.get(&(package, name)) {
            let mut path = path(package);
            path.push(name.to_owned());
            chain.push((path, *document));
        }
        chain.extend(self.packages.get(package).map(|annotation| (path(package), *annotation)));
        let mut above = Some(package);
        while let Some(package) = above {
            chain.extend(self.subpackages.get(package).map(|annotation| (path(package), *annotation)));
            above = package.rsplit_once('.').map(|(above, _)| above);
        }
        chain
    }

    /// The answers of `rego.metadata.rule()` and `rego.metadata.chain()`, by the number of the call.
    fn answers(&self, texts: &Texts, modules: &[Annotated<'_>]) -> Vec<Value> {
        let mut answers = Vec::new();
        for Annotated { module, source, package, annotations } in modules {
            let text = &texts.read[*source];
            for (number, at, chain) in &text.questions {
                let begins = |rule: &Ref<Rule>| text.original(rule.span().start as usize) <= *at;
                let Some(rule) = module.policy.iter().rposition(begins) else { continue };
                let own =
                    about(module, rule, annotations).filter(|annotation| annotation.scope == Scope::Rule);
                let answer = if *chain {
                    let name = shape(&module.policy[rule]).map_or("", |(name, ..)| name);
                    self.chain_value(package, name, own)
                } else {
                    own.map_or_else(Value::new_object, Annotation::as_value)
                };
                answers.resize(answers.len().max(number + 1), Value::Undefined);
                answers[*number] = answer;
            }
        }
        answers
    }

    /// The chain as a value of the language.
    fn chain_value(&self, package: &str, name: &str, own: Option<&Annotation>) -> Value {
        let entry = |path: Vec<String>, annotation: Option<&Annotation>| {
            let path = Value::from(path.into_iter().map(Value::from).collect::<Vec<_>>());
            let mut fields = BTreeMap::from([(Value::from("path"), path)]);
            fields.extend(annotation.map(|annotation| (Value::from("annotations"), annotation.as_value())));
            Value::from(fields)
        };
        let path: Vec<String> = package.split('.').chain([name]).map(str::to_owned).collect();
        let around =
            self.chain(package, name).into_iter().map(|(path, annotation)| entry(path, Some(annotation)));
        Value::from([entry(path, own)].into_iter().chain(around).collect::<Vec<_>>())
    }
}

/// The name of a rule whose value may contain messages.
pub(super) fn said(rule: &Rule) -> Option<&str> {
    shape(rule).filter(|(_, shape, _)| matches!(shape, Shape::Values)).map(|(name, ..)| name)
}

/// The shape of the value of a rule.
enum Shape {
    /// A set that the rule adds to, or a value that may be a list.
    Values,
    /// True, or an object, without messages.
    Mute,
}

/// The name of a rule, the shape of its value, and the bytes of its head.
fn shape(rule: &Rule) -> Option<(&str, Shape, (usize, usize))> {
    let Rule::Spec { head, bodies, .. } = rule else { return None };
    let (refr, span, shape) = match head {
        RuleHead::Set { span, refr, .. } => (refr, span, Shape::Values),
        RuleHead::Compr { span, refr, assign } => {
            let assigns = bodies.iter().map(|body| &body.assign).chain([assign]);
            let values = assigns.flatten().any(|assign| !matches!(assign.value.as_ref(), Expr::Bool { .. }));
            (refr, span, if values { Shape::Values } else { Shape::Mute })
        }
        RuleHead::Func { .. } => return None,
    };
    let (name, shape) = match refr.as_ref() {
        Expr::Var { span, .. } => (span, shape),
        // An object with keys: `deny[msg] if` of the new language.
        Expr::RefBrack { refr, .. } => match refr.as_ref() {
            Expr::Var { span, .. } => (span, Shape::Mute),
            _ => return None,
        },
        _ => return None,
    };
    // The interpreter omits the quote behind a text.
    let quote = span.source.contents()[span.end as usize..].starts_with(['"', '`']);
    Some((name.text(), shape, (span.start as usize, span.end as usize + usize::from(quote))))
}
