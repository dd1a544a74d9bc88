//! Values on their way to a worker.

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;

/// A value as the JSON text that a worker reads. Copies share the text.
///
/// ```
/// let input = rego_policy::Json::of(&vec!["a", "b"])?;
/// assert_eq!(input.text(), r#"["a","b"]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Json(Arc<RawValue>);

impl Json {
    /// Writes a value.
    pub fn of(value: &(impl Serialize + ?Sized)) -> serde_json::Result<Self> {
        Ok(Self(to_raw_value(value)?.into()))
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Whether both share one text in memory.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether the depth of the value is less than `most`.
    pub(crate) fn is_shallow(&self, most: usize) -> bool {
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        for byte in self.text().bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'[' | b'{' if !quoted => depth += 1,
                b']' | b'}' if !quoted => depth -= 1,
                _ => {}
            }
            if depth > most {
                return false;
            }
        }
        true
    }
}

impl Default for Json {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned().into())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl From<Arc<RawValue>> for Json {
    fn from(text: Arc<RawValue>) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn brackets_in_strings_nest_nothing() {
        let json = Json::of(&serde_json::json!({"[[\"{": ["]\\", [1]]})).expect("JSON");
        assert!(json.is_shallow(3));
        assert!(!json.is_shallow(2));
    }
}
