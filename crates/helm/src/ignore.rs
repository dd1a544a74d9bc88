//! `.helmignore`: which files of a directory are no part of the chart.
//!
//! Rules look like those of Git and mean something else: the first one that matches decides, `**` is refused, and
//! `!pattern` leaves out everything that the pattern does **not** match.

use crate::pattern::Pattern;

/// The name of the file.
pub(crate) const NAME: &str = ".helmignore";

/// The rules of a chart.
#[derive(Debug)]
pub(crate) struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    negated: bool,
    only_directories: bool,
    /// Whether the pattern is held against the whole path; else against the name alone.
    whole: bool,
}

/// A rule that Helm refuses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Where it stands in the text.
    pub(crate) range: std::ops::Range<usize>,
    /// What is wrong.
    pub(crate) message: &'static str,
}

impl Ignore {
    /// Reads the text of a `.helmignore`. Hidden files of `templates/` are left out in any case.
    pub(crate) fn parse(text: &str) -> Result<Self, Refused> {
        let mut rules = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let rule = line.trim();
            let from = start + (line.len() - line.trim_start().len());
            start += line.len();
            if rule.is_empty() || rule.starts_with('#') {
                continue;
            }
            let range = from..from + rule.len();
            let refused = |message| Refused { range: range.clone(), message };
            if rule.contains("**") {
                return Err(refused("`**` is not supported in .helmignore"));
            }
            rules.push(Rule::parse(rule).ok_or_else(|| refused("this is no pattern"))?);
        }
        rules.extend(Self::none().rules);
        Ok(Self { rules })
    }

    /// The rules of a chart without the file.
    pub(crate) fn none() -> Self {
        Self { rules: Rule::parse("templates/.?*").into_iter().collect() }
    }

    /// Whether the file or directory at `path`, relative to the chart, is left out.
    pub(crate) fn leaves_out(&self, path: &str, is_directory: bool) -> bool {
        for rule in &self.rules {
            let applies = is_directory || !rule.only_directories;
            let matches = applies && rule.matches(path);
            if matches != rule.negated {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(rule: &str) -> Option<Self> {
        // A `!` is part of the pattern where Helm tries whether it is one.
        Pattern::parse(rule)?;
        let (negated, rule) = rule.strip_prefix('!').map_or((false, rule), |rule| (true, rule));
        let (only_directories, rule) = rule.strip_suffix('/').map_or((false, rule), |rule| (true, rule));
        let whole = rule.contains('/');
        let pattern = Pattern::parse(rule.strip_prefix('/').unwrap_or(rule))?;
        Some(Self { pattern, negated, only_directories, whole })
    }

    fn matches(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.pattern.matches(if self.whole { path } else { name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(rules: &str, paths: &[&str]) -> Vec<String> {
        let ignore = Ignore::parse(rules).expect("rules");
        let out = |path: &&&str| ignore.leaves_out(path.trim_end_matches('/'), path.ends_with('/'));
        paths.iter().filter(out).map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let paths =
            ["Chart.yaml", "a.md", "docs/", "docs/a.md", "templates/.x", "templates/x", "x/templates/.y"];
        assert_eq!(left_out("", &paths), ["templates/.x"]);
        assert_eq!(left_out("# no\n\n *.md \n", &paths), ["a.md", "docs/a.md", "templates/.x"]);
        assert_eq!(left_out("/*.md\ndocs/\n", &paths), ["a.md", "docs/", "templates/.x"]);
        assert_eq!(left_out("docs/*.md\r\n", &paths), ["docs/a.md", "templates/.x"]);
        assert_eq!(left_out("!*.md\n", &paths).len(), 5, "a negation leaves out what does not match");
        assert_eq!(left_out("!docs/\n", &paths), [&paths[..2], &paths[3..]].concat());
    }

    #[test]
    fn what_helm_refuses_is_an_error() {
        let refused = |text: &str| Ignore::parse(text).err().map(|refused| text[refused.range].to_owned());
        assert_eq!(refused("a\n  b/**\n").as_deref(), Some("b/**"));
        assert_eq!(refused("[a\n").as_deref(), Some("[a"));
        assert_eq!(refused("[a]\n"), None);
    }
}
