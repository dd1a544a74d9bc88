//! Small questions are answered as Helm answers them, whose answers are written down (`tests/real/record.py`).

use crate::harness::value;
use helm::{
    Capabilities, Chart, Error, Given, Manifests, MemoryTree, Options, Parameter, ParameterKind, Range,
    Release, Version,
};
use serde_json::{Value, json};
use spanned_yaml::{FileId, Span, Spanned, parse_all};

const RANGES: &str = include_str!("../real/ranges.tsv");
const PARAMETERS: &str = include_str!("../real/parameters.jsonl");
const SCHEMAS: &str = include_str!("../real/schemas.jsonl");
const VALUES: &str = include_str!("../real/values.jsonl");
const IGNORES: &str = include_str!("../real/ignores.jsonl");

/// Ranges that Helm reads otherwise: it takes `10.1||1-alpha.1` for one number before it divides alternatives.
const KNOWN_RANGES: &[&str] = &[];

/// A chart whose one template says this.
fn render(template: &str, files: &[(&str, &str)], given: &Given<'_>) -> Result<Manifests, Error> {
    let mut tree = MemoryTree::default();
    let own = [("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n"), ("templates/a", template)];
    for (number, (name, text)) in own.iter().chain(files).enumerate() {
        tree.insert(*name, FileId(number as u32), *text);
    }
    Chart::load("", &tree)?.render(
        &Release::new("demo", "apps"),
        given,
        &Capabilities::default(),
        &Options::default(),
    )
}

fn assert_none(differences: &[String]) {
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

fn lines(text: &str) -> impl Iterator<Item = Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON"))
}

/// The same with numbers that are equal whatever their form.
fn canonical(json: &Value) -> Value {
    let document = parse_all(FileId(0), &json.to_string().into()).remove(0).expect("JSON");
    value(document.root())
}

#[test]
fn ranges_take_what_helm_takes() {
    let mut differences = Vec::new();
    for line in RANGES.lines() {
        let [range, version, answer] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let ours = match (Range::parse(range), Version::parse(version)) {
            (Some(range), Some(version)) => range.contains(&version).to_string(),
            _ => "error".to_owned(),
        };
        if KNOWN_RANGES.contains(&range) == (ours == answer) {
            differences.push(format!("{range:?} {version:?}: Helm: {answer}, here: {ours}"));
        }
    }
    assert!(RANGES.lines().count() > 1_000);
    assert_none(&differences);
}

#[test]
fn parameters_set_what_helm_sets() {
    let mut differences = Vec::new();
    for case in lines(PARAMETERS) {
        let line = case["line"].as_str().expect("a line");
        let kind = if case["kind"] == "text" { ParameterKind::Text } else { ParameterKind::Word };
        let span = Span::new(FileId(9), 0, 0);
        let parameters = vec![Parameter { line: Spanned::new(line.to_owned(), span), kind }];
        let rendered =
            render("v: {{ toJson .Values | quote }}", &[], &Given { parameters, ..Given::default() });
        let ours = match &rendered {
            Ok(manifests) => {
                let said = manifests.templates[0].documents[0].root().get_str("v").expect("a string");
                serde_json::from_str::<Value>(said).expect("JSON")
            }
            Err(_) => Value::Null,
        };
        if canonical(&ours) != canonical(&case["answer"]) {
            differences.push(format!(
                "{line:?}: Helm: {}, here: {ours} {:?}",
                case["answer"],
                rendered.err()
            ));
        }
    }
    assert_none(&differences);
}

#[test]
fn schemas_refuse_what_helm_refuses() {
    let (mut differences, mut refused) = (Vec::new(), 0);
    for case in lines(SCHEMAS) {
        let document =
            parse_all(FileId(8), &json!({"v": case["value"]}).to_string().into()).remove(0).expect("JSON");
        let given = Given { values: vec![document.root()], ..Given::default() };
        let rendered = render("a", &[("values.schema.json", &case["schema"].to_string())], &given);
        let takes = !matches!(&rendered, Err(error) if error.message.contains("the schema of the chart"));
        refused += usize::from(!takes);
        if takes != case["takes"] {
            differences
                .push(format!("{}\n  {}\n  Helm takes it: {}", case["schema"], case["value"], case["takes"]));
        }
    }
    assert!(refused > 200, "{refused}");
    assert_none(&differences);
}

#[test]
fn helmignore_leaves_out_what_helm_leaves_out() {
    let names = ["a.md", "docs/a.md", "docs/b/c.txt", ".hidden", "x/.y", "ab", "ba/ab", "docs2/a"];
    let mut differences = Vec::new();
    for case in lines(IGNORES) {
        let rules = case["rules"].as_str().expect("rules");
        let mut files = vec![("values.yaml", ""), (".helmignore", rules)];
        files.extend(names.map(|name| (name, "x")));
        let template = "v: '{{ range $name, $_ := .Files }}{{ $name }},{{ end }}'";
        let ours = render(template, &files, &Given::default()).ok().map(|manifests| {
            let template = manifests.templates.first();
            template.map(|template| template.documents[0].root().get_str("v").unwrap_or_default().to_owned())
        });
        if json!(ours.clone().flatten()) != case["files"] {
            differences.push(format!("{rules:?}: Helm: {}, here: {ours:?}", case["files"]));
        }
    }
    assert_none(&differences);
}

#[test]
fn charts_see_the_values_that_they_see_in_helm() {
    let (mut differences, mut rendered) = (Vec::new(), 0);
    for (number, case) in lines(VALUES).enumerate() {
        let mut tree = MemoryTree::default();
        for (id, (name, text)) in case["files"].as_object().expect("files").iter().enumerate() {
            tree.insert(name.as_str(), FileId(id as u32), text.as_str().expect("a text"));
        }
        let document = parse_all(FileId(999), &case["given"].to_string().into()).remove(0).expect("JSON");
        let given = Given { values: vec![document.root()], ..Given::default() };
        let (release, capabilities) = (Release::new("demo", "apps"), Capabilities::default());
        let chart = Chart::load("", &tree);
        let ours = chart.and_then(|chart| chart.render(&release, &given, &capabilities, &Options::default()));
        let due = canonical(&case["answer"]);
        rendered += usize::from(!due.is_null());
        let said = ours.as_ref().map_or(Value::Null, |manifests| {
            let texts = manifests.templates.iter();
            let values = texts.map(|one| (one.name.to_string(), value(one.documents[0].root())));
            Value::Object(values.collect())
        });
        if said != due {
            let name =
                due.as_object().and_then(|due| due.keys().find(|name| due[*name] != said[*name]).cloned());
            let name = name.unwrap_or_default();
            let error = ours.err().map(|error| error.message);
            let files = &case["files"];
            let given = &case["given"];
            differences.push(format!(
                "chart {number} {name}\n  Helm: {}\n  here: {} {error:?}\n  {given} {files:#}",
                due[&name], said[&name]
            ));
        }
    }
    assert!(rendered > 100, "{rendered}");
    assert_none(&differences);
}

/// `HELM_PYTHON` names a Python that has `helm-python-sdk`.
#[test]
#[expect(clippy::disallowed_methods, reason = "the real Helm is not to be had everywhere")]
fn helm_still_says_what_is_written_down() {
    let Ok(python) = std::env::var("HELM_PYTHON") else {
        println!("skipped: HELM_PYTHON names no Helm");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/record.py");
    let asked = std::process::Command::new(python)
        .args([script, "--check"])
        .stderr(std::process::Stdio::null())
        .status();
    assert!(asked.expect("HELM_PYTHON runs").success());
}
