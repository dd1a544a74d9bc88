//! Paths in the syntax tree: of packages, and of rules in them.

use regorus::unstable::Expr;

/// The components of a path without variables: `data.a["b"].c`.
pub(super) fn components(mut path: &Expr) -> Option<Vec<String>> {
    let mut found = Vec::new();
    loop {
        match path {
            Expr::Var { span, .. } => {
                found.push(span.text().to_owned());
                break;
            }
            Expr::RefDot { refr, field, .. } => {
                found.push(field.0.text().to_owned());
                path = refr.as_ref();
            }
            Expr::RefBrack { refr, index, .. } => {
                let Expr::String { value, .. } = index.as_ref() else { return None };
                found.push(value.as_string().ok()?.to_string());
                path = refr.as_ref();
            }
            _ => return None,
        }
    }
    found.reverse();
    Some(found)
}
