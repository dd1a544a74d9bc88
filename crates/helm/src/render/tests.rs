//! Tests templates against the output of the real engine.

use super::{ParsedOnce, Rendered, TemplateFile, render};
use crate::value::{Data, Files, KubeVersion, Map, Native, Value};
use crate::{Limits, Result};
use spanned_yaml::{FileId, parse_all};
use std::rc::Rc;
use std::sync::Arc;

const VALUES: &str = include_str!("../../tests/real/values.yaml");
const ANSWERS: &str = include_str!("../../tests/real/templates.jsonl");

/// Renders files below `templates/` with values from the file 100.
pub(crate) fn rendered(files: &[(&str, &str)], values: &str, limits: &Limits) -> Result<Vec<Rendered>> {
    let context = Map::new();
    let documents = parse_all(FileId(100), &values.into());
    let values = documents.into_iter().find_map(std::result::Result::ok);
    let values = values.and_then(|document| Value::from_node(document.root()));
    context.insert("Values", values.filter(|values| !values.is_nil()).unwrap_or_else(|| Map::new().into()));
    let texts = |pairs: &[(&str, &str)]| -> Value {
        pairs.iter().map(|(name, text)| (*name, Value::from(*text))).collect::<Map>().into()
    };
    let release = texts(&[("Name", "rel"), ("Namespace", "ns"), ("Service", "Helm")]);
    if let Data::Map(release) = &release.data {
        release.insert("IsInstall", true.into());
        release.insert("IsUpgrade", false.into());
        release.insert("Revision", Value::int(1));
    }
    context.insert("Release", release);
    context.insert("Chart", texts(&[("Name", "c"), ("Version", "0.1.0"), ("AppVersion", "1.2.3")]));
    context.insert("Files", Native::Files(Rc::new(Files::default())).into());
    let version = KubeVersion { version: "v1.31.0".into(), major: "1".into(), minor: "31".into() };
    let versions = ["v1", "apps/v1"].map(str::to_owned).into();
    let capabilities = vec![
        ("KubeVersion", Native::KubeVersion(Rc::new(version)).into()),
        ("APIVersions", Native::ApiVersions(Rc::new(versions)).into()),
    ];
    context.insert("Capabilities", Native::structure("*common.Capabilities", capabilities).into());
    let base: Arc<str> = "c/templates".into();
    let template = |(number, (name, text)): (usize, &(&str, &str))| TemplateFile {
        name: format!("c/templates/{name}").into(),
        base_path: Arc::clone(&base),
        text: (*text).into(),
        file: FileId(number as u32),
        parsed: ParsedOnce::default(),
    };
    let files: Vec<TemplateFile> = files.iter().enumerate().map(template).collect();
    render(&files, &[(base, context)].into_iter().collect(), limits)
}

#[test]
fn templates_print_what_the_real_engine_prints() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in ANSWERS.lines() {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        let template = answer["template"].as_str().unwrap();
        let printed = rendered(&[("a.txt", template)], VALUES, &Limits::default())
            .map(|files| files[0].text.to_string());
        count += 1;
        match (answer["prints"].as_str(), printed) {
            (Some(due), Ok(printed)) if due == printed => {}
            (None, Err(_)) => {}
            (Some(due), Ok(printed)) => {
                wrong.push(format!("{template}\n  real: {due:?}\n  ours: {printed:?}"));
            }
            (Some(due), Err(error)) => {
                wrong.push(format!("{template}\n  real: {due:?}\n  ours: error: {error}"));
            }
            (None, Ok(printed)) => {
                wrong.push(format!("{template}\n  real: error: {}\n  ours: {printed:?}", answer["refused"]));
            }
        }
    }
    println!("{count} templates, {} of them as the real engine renders them", count - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
