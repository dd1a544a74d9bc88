//! Objects with the name of a cluster and the URL of its API. These are the Secrets of Argo CD for clusters, objects
//! that make such Secrets, and the managed clusters of Open Cluster Management. Only names and URLs are read.

use crate::yaml::Node;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The label of a Secret that describes a cluster (argoproj/argo-cd `common/common.go`, `LabelKeySecretType`).
const LABEL: &str = "argocd.argoproj.io/secret-type";

/// The names and URLs of clusters in an object. A URL with a template, or an encrypted one, does not count.
pub(crate) fn servers(root: Node<'_>) -> Vec<(String, String)> {
    let group = root
        .get_str("apiVersion")
        .map_or("", |version| version.split_once('/').map_or("", |(group, _)| group));
    let pairs = match (group, root.get_str("kind")) {
        ("", Some("Secret")) if is_cluster(root) => {
            let value =
                |key: &str| plain(root.get("stringData"), key).or_else(|| decoded(root.get("data"), key));
            value("name").zip(value("server")).into_iter().collect()
        }
        ("external-secrets.io", Some("ExternalSecret")) => {
            let template = root.get("spec").and_then(|spec| spec.get("target")?.get("template"));
            let template = template.filter(|template| is_cluster(*template));
            let value = |key: &str| plain(template?.get("data"), key);
            value("name").zip(value("server")).into_iter().collect()
        }
        ("cluster.open-cluster-management.io", Some("ManagedCluster")) => {
            let name = root.get("metadata").and_then(|metadata| metadata.get_str("name"));
            let configs = root.get("spec").and_then(|spec| spec.get("managedClusterClientConfigs"));
            let urls = configs.into_iter().flat_map(Node::items).filter_map(|config| config.get_str("url"));
            urls.filter_map(|url| Some((name?.to_owned(), url.to_owned()))).collect()
        }
        _ => Vec::new(),
    };
    let is_written = |text: &str| !text.is_empty() && !text.contains(['{', '$', '<', '[', ' ', '\n']);
    let is_url = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    pairs.into_iter().filter(|(name, url)| is_written(name) && is_written(url) && is_url(url)).collect()
}

fn is_cluster(object: Node<'_>) -> bool {
    let labels = object.get("metadata").and_then(|metadata| metadata.get("labels"));
    labels.and_then(|labels| labels.get_str(LABEL)) == Some("cluster")
}

fn plain(map: Option<Node<'_>>, key: &str) -> Option<String> {
    map?.get_str(key).map(|text| text.trim().to_owned())
}

fn decoded(map: Option<Node<'_>>, key: &str) -> Option<String> {
    let text: String = map?.get_str(key)?.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(text).ok()?).ok().map(|text| text.trim().to_owned())
}
