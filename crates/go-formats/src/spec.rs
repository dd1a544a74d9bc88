//! What stands between `%` and a verb.

/// The flags, width and precision of a verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of a format")]
pub struct Spec {
    /// `+`, of any verb but `v`: numbers have a sign, and quoted texts are ASCII.
    pub plus: bool,
    /// `-`: spaces stand behind the value.
    pub minus: bool,
    /// `#`, of any verb but `v`: numbers show their base, and quoted texts may stand in backquotes.
    pub sharp: bool,
    /// ` `: a space in place of a plus sign, or between the bytes of a text.
    pub space: bool,
    /// `0`: zeros in place of spaces before the value.
    pub zero: bool,
    /// `%+v`
    pub plus_v: bool,
    /// `%#v`
    pub sharp_v: bool,
    /// The least number of characters.
    pub width: Option<usize>,
    /// What it means depends on the verb: digits behind the point, digits in all, or characters.
    pub precision: Option<usize>,
}

impl Spec {
    /// A text in the width of the verb.
    pub fn pad(&self, text: &str) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        match (self.minus, self.zero) {
            (true, _) => format!("{text}{}", " ".repeat(missing)),
            (false, true) => format!("{}{text}", "0".repeat(missing)),
            (false, false) => format!("{}{text}", " ".repeat(missing)),
        }
    }

    /// A text in the width of the verb, without zeros before it.
    pub(crate) fn pad_with_spaces(&self, text: &str) -> String {
        Self { zero: false, ..*self }.pad(text)
    }

    /// As many characters of a text as the precision allows.
    pub fn truncate<'t>(&self, text: &'t str) -> &'t str {
        let end = self.precision.and_then(|most| text.char_indices().nth(most));
        end.map_or(text, |(end, _)| &text[..end])
    }

    /// The sign of a number.
    pub(crate) fn sign(&self, is_negative: bool) -> &'static str {
        match (is_negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }
}
