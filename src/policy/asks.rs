//! What the text of a module may read: the cluster, or fields of its input.

/// Whether results of a module may depend on the cluster: by its uses of `pullwarden`, or if it reads all of `data`.
pub(super) fn may_ask(text: &str) -> bool {
    // These two functions need no cluster.
    mentions_more_than(text, &[".covers(", ".parse("]) || may_read_all_data(text)
}

/// Whether a module may read the cluster's part of `data`.
pub(super) fn may_read_part(text: &str) -> bool {
    mentions_more_than(text, &[".covers(", ".parse(", ".resolve(", ".allowed("]) || may_read_all_data(text)
}

/// Whether a module of Gatekeeper may read the objects of the cluster.
pub(super) fn may_read_inventory(text: &str) -> bool {
    text.contains("inventory") || may_read_all_data(text)
}

/// Whether a module uses `pullwarden` for more than these functions.
fn mentions_more_than(text: &str, functions: &[&str]) -> bool {
    let mut mentions = text.match_indices("pullwarden").map(|(at, word)| &text[at + word.len()..]);
    mentions.any(|rest| !functions.iter().any(|function| rest.starts_with(function)))
}

/// The fields of `input` that a module names. `None` if it also uses `input` in another way.
pub(super) fn fields_of_input(text: &str) -> Option<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mentions = text.match_indices("input").filter(|(at, word)| {
        !text[..*at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word)
    });
    let field = |(at, word): (usize, &str)| {
        let behind = text[at + word.len()..].strip_prefix('.')?;
        let end = behind.find(|c| !is_word(c)).unwrap_or(behind.len());
        (end > 0).then(|| behind[..end].to_owned())
    };
    mentions.map(field).collect()
}

/// Whether a module uses `data` without naming a field.
fn may_read_all_data(text: &str) -> bool {
    text.match_indices("data").any(|(at, word)| {
        let before = text[..at].chars().next_back();
        let is_word = before.is_none_or(|c| !(c.is_alphanumeric() || "_.\"".contains(c)));
        let behind = text[at + word.len()..].trim_start();
        let ends = behind.chars().next().is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
        is_word && ends && !behind.starts_with('.')
    })
}

#[cfg(test)]
mod tests {
    use super::{fields_of_input, may_ask, may_read_part};

    #[test]
    fn calls_of_functions_do_not_read_data() {
        assert!(!may_read_part("pullwarden.resolve(x).pullable"));
        assert!(may_ask("pullwarden.resolve(x).pullable"));
        assert!(may_read_part("data.pullwarden.images"));
        assert!(may_read_part("import data.pullwarden"));
        assert!(may_read_part("data[x]"));
    }

    #[test]
    fn a_policy_that_looks_at_its_object_alone_is_known() {
        for text in [
            "input.data.a",
            "data.mirrors.ours",
            "import data.lib",
            "x := input[\"data\"]",
            "metadata",
            "data_x := 1",
            "pullwarden.covers(a, b)",
        ] {
            assert!(!may_ask(text), "{text}");
        }
        for text in [
            "data.pullwarden.images",
            "pullwarden.resolve(x)",
            "data[x]",
            "walk(data, [p, v])",
            "object.get(data, p, 1)",
        ] {
            assert!(may_ask(text), "{text}");
        }
    }

    #[test]
    fn only_what_a_text_names_is_sent() {
        let fields = |text| fields_of_input(text).map(|fields| fields.join(" "));
        assert_eq!(fields("some image in input.images\ninput.cluster.name"), Some("images cluster".into()));
        assert_eq!(fields("import input.objects as o # my_input inputs"), Some("objects".into()));
        for text in ["walk(input, x)", "input[name]", "x := input", "f with input as {}", "input. x"] {
            assert_eq!(fields(text), None, "{text}");
        }
    }
}
