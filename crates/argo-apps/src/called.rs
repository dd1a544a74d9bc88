//! Finds the name and the URL of a cluster that are next to each other in the parameters of an application.

use crate::found::Called;
use crate::params::{Params, Value};
use crate::text::{Bound, Text};

/// The parameters that name a cluster, the most certain first. `name` may be the name of anything.
const NAMES: [&str; 5] = ["clusterName", "cluster_name", "cluster-name", "cluster", "name"];

/// The parameters with the URL of a cluster's API.
const SERVERS: [&str; 8] =
    ["server", "url", "address", "clusterServer", "clusterUrl", "clusterURL", "apiServer", "api"];

/// The name and the URL of an application's cluster, if `destination` is one of them and a parameter next to it is the
/// other.
pub(crate) fn pair(destination: &str, is_name: bool, params: &Params, bound: &Bound) -> Option<Called> {
    let texts = texts(params, bound);
    let of = |group: &str, key: &str| {
        let found = texts.iter().find(|(other, own, _)| other == group && own == key);
        found.map(|(_, _, text)| text.as_str()).filter(|text| !text.is_empty())
    };
    for (group, key, _) in texts.iter().filter(|(_, _, text)| text == destination) {
        if is_name {
            let server = SERVERS.iter().filter_map(|key| of(group, key)).find(|text| is_url(text));
            if let Some(server) = server.filter(|_| NAMES.contains(&key.as_str())) {
                return Some(Called { name: destination.into(), server: server.into(), is_sure: true });
            }
        } else if let Some((key, name)) = NAMES.iter().find_map(|key| Some((key, of(group, key)?))) {
            let is_sure = *key != "name" || group.rsplit('.').next() == Some("cluster");
            let is_named = is_url(destination) && !is_url(name);
            return is_named.then(|| Called { name: name.into(), server: destination.into(), is_sure });
        }
    }
    None
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// The parameters that are texts: the group of each, its name in the group, and the text.
fn texts(params: &Params, bound: &Bound) -> Vec<(String, String, String)> {
    let text = |value: &Value| match value {
        Value::Text(text) => Text::bind(text, bound).as_str().map(str::to_owned),
        _ => None,
    };
    let mut texts = Vec::new();
    for (key, value) in &params.values {
        match value {
            Value::Map(inner) => texts.extend(
                inner.iter().filter_map(|(own, value)| Some((key.clone(), own.clone(), text(value)?))),
            ),
            value => {
                let (group, own) = key.rsplit_once('.').unwrap_or(("", key));
                texts.extend(text(value).map(|text| (group.to_owned(), own.to_owned(), text)));
            }
        }
    }
    texts
}
