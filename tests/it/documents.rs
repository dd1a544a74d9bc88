//! Examples in documents: only where somebody asks for them, each by itself, and without a fix.

use crate::command::{Scratch, out, pullwarden};
use serde_json::Value;

const README: &str = "# Mirrors

```yaml
apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  registrySources:
    allowedRegistries: [quay.io]
    blockedRegistries: [docker.io]
```

```yaml
apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  registrySource: {}
```

```yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec:
  destination: {name: prod}
  source: {repoURL: x, path: gone}
```
";

fn found(scratch: &Scratch, args: &[&str]) -> Vec<(String, String, u64)> {
    let output = pullwarden(&scratch.0, &[&["check", "--report", "json"], args].concat());
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = report["diagnostics"].as_array().expect("a list").iter();
    all.map(|one| {
        assert!(one.get("fix").is_none_or(Value::is_null), "{one}");
        (text(&one["rule"]), text(&one["file"]), one["region"]["start"]["line"].as_u64().expect("a line"))
    })
    .collect()
}

#[test]
fn examples_are_checked_where_somebody_asks() {
    let scratch = Scratch::new("documents", &[(".git/HEAD", ""), ("docs/README.md", README)]);
    assert_eq!(found(&scratch, &[]), []);
    let with = found(&scratch, &["--docs"]);
    assert!(with.contains(&("unknown-field".to_owned(), "docs/README.md".to_owned(), 20)), "{with:?}");
    assert!(with.iter().all(|(_, file, _)| file == "docs/README.md"), "{with:?}");
    // A document that somebody names is read as one.
    assert_eq!(found(&scratch, &["--docs", "docs/README.md"]), with);
    std::fs::write(scratch.0.join(".pullwarden.yaml"), "docs: true\n").expect("a file");
    assert_eq!(found(&scratch, &[]), with);
    let shown = out(&pullwarden(&scratch.0, &["check"]));
    assert!(shown.contains("2 examples in 1 document ·"), "{shown}");
    // An Application in a document applies nothing, and two objects of one name are two examples.
    let clusters = out(&pullwarden(&scratch.0, &["clusters"]));
    assert!(!clusters.contains("prod"), "{clusters}");
    std::fs::write(scratch.0.join(".pullwarden.yaml"), "docs: true\nexclude: docs/**\n").expect("a file");
    assert_eq!(found(&scratch, &[]), []);
}
