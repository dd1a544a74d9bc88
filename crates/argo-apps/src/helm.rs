//! The settings of a source for the chart in its directory. Sources: `docs/user-guide/helm.md`,
//! `docs/user-guide/multiple_sources.md`, `reposerver/repository/repository.go` (`helmTemplate`).

use crate::application::{Layered, Maker};
use crate::git::is_true;
use crate::params::Params;
use crate::paths;
use crate::source::Helm;
use crate::text::Bound;
use spanned_yaml::{Composer, Kind, Node, Spanned, embedded, parse};
use std::sync::Arc;

/// No real values are deeper.
const MAX_DEPTH: usize = 64;

/// Reads the settings under `helm`.
pub(crate) struct Reader<'m> {
    pub(crate) maker: &'m Maker<'m>,
    pub(crate) params: &'m Params,
    pub(crate) bound: &'m Bound,
    /// The directory of the chart.
    pub(crate) path: &'m str,
}

impl Reader<'_> {
    pub(crate) fn read(&self, node: Layered<'_>) -> Helm {
        let mut helm = Helm::default();
        helm.release_name = self.text(node.get("releaseName"), &mut helm.unknown);
        helm.namespace = self.text(node.get("namespace"), &mut helm.unknown);
        let is_set = |key: &str| node.layers().any(|node| is_true(node, key));
        helm.ignore_missing = is_set("ignoreMissingValueFiles");
        helm.skip_crds = is_set("skipCrds");
        helm.skip_tests = is_set("skipTests");
        helm.skip_schema = is_set("skipSchemaValidation");
        helm.kube_version = self.text(node.get("kubeVersion"), &mut helm.unknown);
        helm.kube_version = helm.kube_version.take().filter(|version| !version.is_empty());
        for version in node.get("apiVersions").items() {
            let version = self.of(version, &mut helm.unknown);
            helm.api_versions.extend(version);
        }
        for file in node.get("valueFiles").items() {
            let Some(text) = self.of(file, &mut helm.unknown) else { continue };
            helm.value_files.push(Spanned::new(self.file(&text), file.span()));
        }
        if let Some(values) = node.get("valuesObject").node() {
            self.document(values, &mut helm);
        } else if let Some(values) = node.get("values").scalar() {
            self.embedded(values, &mut helm);
        }
        for parameter in node.get("parameters").items() {
            let text = |key: &str, unknown: &mut Option<String>| {
                parameter.get(key).map_or(Some(String::new()), |node| self.of(node, unknown))
            };
            let name = text("name", &mut helm.unknown);
            let value = text("value", &mut helm.unknown);
            let (Some(name), Some(value)) = (name, value) else { continue };
            let span = parameter.get("value").unwrap_or(parameter).span();
            // Commas divide parameters on the command line, so Argo CD escapes them.
            let line = format!("{name}={}", escaped(&value));
            helm.parameters.push((Spanned::new(line, span), is_true(parameter, "forceString")));
        }
        for parameter in node.get("fileParameters").items() {
            let name = parameter.get("name").and_then(|name| self.of(name, &mut helm.unknown));
            let path = parameter.get("path");
            let text = path.and_then(|path| self.of(path, &mut helm.unknown));
            let (Some(name), Some(path), Some(text)) = (name, path, text) else { continue };
            helm.file_parameters.push((Spanned::new(name, path.span()), self.file(&text)));
        }
        helm
    }

    fn text(&self, node: Layered<'_>, unknown: &mut Option<String>) -> Option<String> {
        node.scalar().and_then(|node| self.of(node, unknown))
    }

    /// The text of a scalar; `None` if only a running Argo CD knows it.
    fn of(&self, node: Node<'_>, unknown: &mut Option<String>) -> Option<String> {
        let text = self.maker.render(node, self.params).map(|text| text.bind(self.bound));
        match text {
            // Argo CD fills in these variables when it renders (`docs/user-guide/build-environment.md`).
            Ok(text) if text.as_str().is_some_and(|text| text.contains("$ARGOCD_")) => {
                unknown.get_or_insert(text.show());
                None
            }
            Ok(text) if !text.is_open() => text.as_str().map(str::to_owned),
            Ok(text) => {
                unknown.get_or_insert(text.show());
                None
            }
            Err(expression) => {
                unknown.get_or_insert(format!("{{{{ {expression} }}}}"));
                None
            }
        }
    }

    /// The path of a file from the root of the repository. The text is relative to the chart, begins with a slash at the
    /// root, or is below another source of this repository (`$values/prod.yaml`). With a scheme, the file is elsewhere.
    fn file(&self, text: &str) -> Option<String> {
        if text.contains("://") {
            return None;
        }
        if let Some(rest) = text.strip_prefix('$') {
            let (_, rest) = rest.split_once('/')?;
            return paths::normal(rest);
        }
        match text.strip_prefix('/') {
            Some(rest) => paths::normal(rest),
            None if self.path.is_empty() => paths::normal(text),
            None => paths::normal(&format!("{}/{text}", self.path)),
        }
    }

    /// Adds values that are YAML, after templates of the set are filled in.
    fn document(&self, values: Node<'_>, helm: &mut Helm) {
        let document = values.document();
        let mut composer = Composer::new(document.file(), document.source().clone()).changed(true);
        if self.copy(values, &mut composer, &mut helm.unknown, 0) {
            helm.values.push(Arc::new(composer.finish()));
        } else {
            helm.unknown.get_or_insert("values of this size".to_owned());
        }
    }

    fn copy(
        &self,
        node: Node<'_>,
        composer: &mut Composer,
        unknown: &mut Option<String>,
        depth: usize,
    ) -> bool {
        let node = node.resolved();
        if depth > MAX_DEPTH {
            return false;
        }
        if node.kind() == Kind::Scalar {
            let filled = self.of(node, unknown).unwrap_or_default();
            composer.scalar(node.span(), &filled, node.is_plain());
            return true;
        }
        composer.open(node.span(), node.kind());
        let whole = node.raw_children().all(|child| self.copy(child, composer, unknown, depth + 1));
        composer.close();
        whole
    }

    /// Adds values that are a text.
    fn embedded(&self, values: Node<'_>, helm: &mut Helm) {
        let Some(text) = self.of(values, &mut helm.unknown) else { return };
        if text == values.text() {
            let inner = embedded::read(values);
            if inner.is_broken {
                helm.unknown.get_or_insert("values that are not YAML".to_owned());
            }
            helm.values.extend(inner.documents.into_iter().map(Arc::new));
            return;
        }
        let span = values.span();
        let outer = values.document();
        parse(span.file, &text.into(), |parsed| {
            let mut composer = Composer::new(outer.file(), outer.source().clone()).changed(true);
            let whole = parsed.is_ok_and(|document| composer.copy(document.root(), &|_| span));
            if whole {
                helm.values.push(Arc::new(composer.finish()));
            } else {
                helm.unknown.get_or_insert("values that are not YAML".to_owned());
            }
        });
    }
}

fn escaped(value: &str) -> String {
    // Escaped values and lists stay as they are (`util/helm/cmd.go`, `cleanSetParameters`).
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut escaped = String::with_capacity(value.len());
    let mut last = ' ';
    for c in value.chars() {
        if c == ',' && last != '\\' {
            escaped.push('\\');
        }
        escaped.push(c);
        last = c;
    }
    escaped
}
