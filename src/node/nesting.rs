//! Which scopes contain which, according to the MCO (`ScopeIsNestedInsideScope`, openshift/runtime-utils
//! `pkg/registries/registries.go`). It differs from the runtime: a port counts here, except under a wildcard.

use crate::model::scope::MAX_OUTER;
use std::borrow::Cow;

/// Every scope that may contain `scope`: itself, its parents up to the host, then wildcards, the longest first. To look each
/// of them up in a map takes time in proportion to the depth of the name, not to the number of scopes.
pub fn outer(scope: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let parents = scope.rmatch_indices('/').filter(|(at, _)| *at <= MAX_OUTER);
    let parents = parents.map(|(at, _)| Cow::Borrowed(&scope[..at]));
    // If there is a port (or a tag) anywhere, the text before it has to be the host.
    let host = match scope.split_once(':') {
        Some((before, _)) => Some(before).filter(|before| !before.contains('/')),
        None => scope.split('/').next(),
    };
    let host = host.unwrap_or("");
    let wildcards = host.match_indices('.').filter(|(at, _)| host.len() - at <= MAX_OUTER);
    let wildcards = wildcards.map(|(at, _)| Cow::Owned(format!("*{}", &host[at..])));
    std::iter::once(Cow::Borrowed(scope))
        .chain(parents)
        .chain(wildcards.filter(move |wildcard| wildcard != scope))
}

/// Whether `scope` lies in `outer_scope`, or equals it.
pub fn is_inside(scope: &str, outer_scope: &str) -> bool {
    outer(scope).any(|outer| outer == outer_scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_count_except_under_wildcards() {
        for (scope, outer, inside) in [
            ("h.io", "h.io", true),
            ("h.io/a/b", "h.io/a", true),
            ("h.io/a/b", "h.io", true),
            ("h.io/ab", "h.io/a", false),
            ("h.io:5000/a", "h.io", false),
            ("h.io:5000/a", "h.io:5000", true),
            ("h.io", "h.io/a", false),
            ("a.h.io", "*.h.io", true),
            ("a.b.h.io/x", "*.h.io", true),
            ("a.h.io:5000/x", "*.h.io", true),
            ("h.io", "*.h.io", false),
            ("*.a.h.io", "*.h.io", true),
            ("*.h.io", "*.h.io", true),
            ("q.io/a.h.io", "*.h.io", false),
            ("q.io/a.h.io:5000", "*.h.io", false),
            ("a.h.io/x:tag", "*.h.io", false),
            ("h.io/", "h.io", true),
            ("h.io", "", false),
        ] {
            assert_eq!(is_inside(scope, outer), inside, "{scope} in {outer}");
        }
    }
}
