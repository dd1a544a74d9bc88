//! The two languages of an `ApplicationSet`'s templates. Sources: `Template.md`, `GoTemplate.md`,
//! `applicationset/utils/utils.go` (`Replace`).

use crate::budget::MAX_TEXT;
use crate::expression;
use crate::params::{Params, Value};
use crate::text::Text;
use std::sync::Arc;

/// The language of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// No templates, in an `Application`.
    Plain,
    /// `{{name}}`, without `goTemplate`.
    Fast,
    /// `{{ .name }}`, with `goTemplate: true`.
    Go,
}

/// The result for `text`. If several `scopes` have a parameter, the first one counts. The error is the expression that is
/// not supported.
pub(crate) fn render(language: Language, text: &str, scopes: &[&Params]) -> Result<Text, String> {
    if text.len() > MAX_TEXT {
        return Err("a text of this length".into());
    }
    let rendered = match language {
        Language::Plain => Text::known(text),
        Language::Fast => fast(text, scopes)?,
        Language::Go => go(text, scopes)?,
    };
    Ok(scopes
        .iter()
        .fold(rendered, |text, scope| if scope.bound.is_empty() { text } else { text.bind(&scope.bound) }))
}

/// The result as a value, which is unknown if the expression is not supported.
pub(crate) fn value(language: Language, text: &str, scopes: &[&Params]) -> Value {
    match render(language, text, scopes) {
        Ok(text) => Value::Text(Arc::new(text)),
        Err(expression) => Value::Unknown(expression.into()),
    }
}

/// A missing parameter stays as it is written.
fn fast(text: &str, scopes: &[&Params]) -> Result<Text, String> {
    let mut made = Text::default();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((tag, behind)) = behind.split_once("}}") else { break };
        made.push_str(before);
        let name = tag.trim();
        match scopes.iter().find_map(|scope| scope.dotted(name)) {
            Some(value) if !name.is_empty() => made.push(&value.print()?),
            _ => made.push_str(&format!("{{{{{tag}}}}}")),
        }
        short_enough(&made)?;
        rest = behind;
    }
    made.push_str(rest);
    Ok(made)
}

fn go(text: &str, scopes: &[&Params]) -> Result<Text, String> {
    let mut made = Text::default();
    let mut rest = text;
    let mut trims = false;
    while let Some((before, behind)) = rest.split_once("{{") {
        let end = end_of_action(behind).ok_or_else(|| behind.to_owned())?;
        let (action, behind) = (&behind[..end], &behind[end + 2..]);
        let (trims_before, action) = match action.strip_prefix('-') {
            Some(trimmed) if trimmed.starts_with(char::is_whitespace) => (true, trimmed),
            _ => (false, action),
        };
        let (trims_behind, action) = match action.strip_suffix('-') {
            Some(trimmed) if trimmed.ends_with(char::is_whitespace) => (true, trimmed),
            _ => (false, action),
        };
        let before = if trims { before.trim_start() } else { before };
        made.push_str(if trims_before { before.trim_end() } else { before });
        let action = action.trim();
        if !(action.starts_with("/*") && action.ends_with("*/")) {
            let value = expression::evaluate(action, scopes).ok_or_else(|| action.to_owned())?;
            // A list or a map has no useful text for a reader, so the expression is shown.
            made.push(&value.print().map_err(|_| action.to_owned())?);
        }
        short_enough(&made)?;
        (rest, trims) = (behind, trims_behind);
    }
    made.push_str(if trims { rest.trim_start() } else { rest });
    Ok(made)
}

fn short_enough(text: &Text) -> Result<(), String> {
    if text.len() > MAX_TEXT || text.parts().len() > 256 {
        Err("a text of this length".into())
    } else {
        Ok(())
    }
}

/// The place of the `}}` of an action, not of one in a string.
fn end_of_action(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'`') => {
                at += 1;
                while *bytes.get(at)? != quote {
                    at += if quote == b'"' && bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => at += 1,
        }
    }
    None
}
