//! Fills in the variables of `postBuild`: `${name}`, and the string functions of bash. Sources: fluxcd/pkg
//! `envsubst/parse/parse.go`, `envsubst/funcs.go`, which come from drone/envsubst.

/// How deep variables may stand in the defaults of others.
const MAX_DEPTH: usize = 32;
/// The maximum number of bytes that the variables of one text make. An object of Kubernetes is smaller.
const MAX_MADE: usize = 1 << 20;
/// The maximum number of parts that are compared with a pattern.
const MAX_CUTS: usize = 1_000;

/// Looks up the text of a variable.
pub(super) trait Variables {
    /// The text of a variable.
    fn get(&self, name: &str) -> Variable<'_>;
}

/// The value of a variable, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable<'v> {
    /// Its text.
    Known(&'v str),
    /// Nothing sets it.
    Unset,
    /// Something outside of this repository sets it.
    Unknown,
}

/// A text with its variables filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    /// The text. Unknown variables stay as they were written.
    pub(super) text: String,
    /// The unknown variables.
    pub(super) unknown: Vec<String>,
    /// The variable whose value is the whole text, if there is one.
    pub(super) whole: Option<String>,
}

/// Fills in the variables of a text. The error says what Flux rejects.
pub(super) fn fill(text: &str, variables: &dyn Variables) -> Result<Filled, String> {
    let mut reader = Reader { text, at: 0, variables, unknown: Vec::new(), left: MAX_MADE };
    let mut filled = String::new();
    let mut whole = None;
    let mut is_first = true;
    while let Some(rest) = reader.rest() {
        // `$$` becomes `$` and begins no variable.
        if rest.starts_with("$$") {
            filled.push('$');
            reader.at += 2;
        } else if rest.starts_with("${") {
            let start = reader.at;
            reader.at += 2;
            let part = reader.variable(0)?;
            let is_all = is_first && reader.at == text.len();
            whole = part.name.filter(|_| is_all);
            match part.text {
                Some(part) => filled.push_str(&part),
                None => filled.push_str(&text[start..reader.at]),
            }
        } else if let Some(c) = reader.next() {
            filled.push(c);
        }
        is_first = false;
    }
    Ok(Filled { text: filled, unknown: reader.unknown, whole })
}

/// Whether a text has variables or escaped dollar signs.
pub(super) fn has_variables(text: &str) -> bool {
    text.contains("${") || text.contains("$$")
}

/// The result of one variable.
struct Part {
    /// `None` if the text is not known.
    text: Option<String>,
    /// The name of the variable, if its value is used without a function.
    name: Option<String>,
}

/// A function that is applied to a variable.
enum Function {
    Default,
    Case(String),
    Remove(String),
    Replace(String),
    Part,
    Length,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    variables: &'t dyn Variables,
    unknown: Vec<String>,
    /// How many bytes variables may still make.
    left: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> Option<&'t str> {
        self.text.get(self.at..).filter(|rest| !rest.is_empty())
    }

    fn peek(&self) -> Option<char> {
        self.rest()?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'t str {
        let start = self.at;
        while self.peek().is_some_and(&accepts) {
            self.next();
        }
        &self.text[start..self.at]
    }

    /// Reads a variable after `${`, up to its closing brace.
    fn variable(&mut self, depth: usize) -> Result<Part, String> {
        if depth > MAX_DEPTH {
            return Err(self.bad("bad substitution"));
        }
        let before = self.unknown.len();
        let is_ident = |c: char| c.is_alphanumeric() || c == '_';
        if self.peek() == Some('#') {
            self.next();
            let name = self.take_while(is_ident);
            if name.is_empty() {
                return Err(self.bad("bad substitution"));
            }
            self.close("bad substitution")?;
            return Ok(self.apply(name, &Function::Length, Some(Vec::new()), before));
        }
        let name = self.take_while(is_ident);
        if name.is_empty() {
            return Err(self.bad("unable to parse variable name"));
        }
        let rest = self.rest().unwrap_or_default();
        let mut after = rest.chars();
        let (function, args) = match (after.next(), after.next()) {
            (Some(':'), Some('=' | '-' | '?' | '+')) => {
                self.at += 2;
                (Function::Default, self.default(depth)?)
            }
            (Some('='), _) => {
                self.at += 1;
                (Function::Default, self.default(depth)?)
            }
            (Some(':'), _) => {
                self.at += 1;
                let mut args = vec![self.param(depth, |c| c != ':' && c != '}', false)?];
                if !self.take_while(|c| c == ':').is_empty() {
                    args.push(self.param(depth, |c| c != '}', false)?);
                }
                self.close("bad substitution")?;
                (Function::Part, args)
            }
            (Some(',' | '^'), _) => {
                let case = self.up_to_two(|c| matches!(c, ',' | '^'));
                self.close("bad substitution")?;
                (Function::Case(case), Vec::new())
            }
            (Some(sign @ ('#' | '%')), _) => {
                let signs = self.up_to_two(|c| c == sign);
                let args = vec![self.param(depth, |c| c != '}', false)?];
                self.close("bad substitution")?;
                (Function::Remove(signs), args)
            }
            (Some('/'), second) => {
                let signs = if matches!(second, Some('/' | '#' | '%')) { 2 } else { 1 };
                let signs = rest[..signs].to_owned();
                self.at += signs.len();
                let mut args = vec![self.param(depth, |c| c != '/', true)?];
                if self.take_while(|c| c == '/').is_empty() {
                    return Err(self.bad("bad substitution"));
                }
                if self.peek() != Some('}') {
                    args.push(self.param(depth, |c| c != '}', true)?);
                }
                self.close("bad substitution")?;
                (Function::Replace(signs), args)
            }
            _ => {
                self.close("missing closing brace")?;
                let mut part = self.apply(name, &Function::Default, Some(Vec::new()), before);
                part.name = Some(name.to_owned());
                return Ok(part);
            }
        };
        Ok(self.apply(name, &function, args.into_iter().collect(), before))
    }

    /// The parts of a default, which may hold variables.
    fn default(&mut self, depth: usize) -> Result<Vec<Option<String>>, String> {
        let mut args = Vec::new();
        while self.peek() != Some('}') {
            args.push(self.param(depth, |c| c != '}', false)?);
        }
        self.at += 1;
        Ok(args)
    }

    /// Reads one argument: a variable, or a text up to the next variable. `None` if its value is not known.
    fn param(
        &mut self,
        depth: usize,
        accepts: impl Fn(char) -> bool,
        escapes: bool,
    ) -> Result<Option<String>, String> {
        if self.rest().is_some_and(|rest| rest.starts_with("${")) {
            self.at += 2;
            return Ok(self.variable(depth + 1)?.text);
        }
        let mut text = String::new();
        while let Some(rest) = self.rest() {
            let is_escaped = escapes && ["$$", "\\/", "\\\\"].iter().any(|start| rest.starts_with(start));
            if is_escaped {
                self.at += 1;
            } else if rest.starts_with("${") || !rest.chars().next().is_some_and(&accepts) {
                break;
            }
            text.extend(self.next());
        }
        if text.is_empty() {
            return Err(self.bad("unable to parse substitution within function"));
        }
        Ok(Some(text))
    }

    fn up_to_two(&mut self, accepts: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while taken.len() < 2 && self.peek().is_some_and(&accepts) {
            taken.extend(self.next());
        }
        taken
    }

    fn close(&mut self, otherwise: &str) -> Result<(), String> {
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(());
        }
        Err(self.bad(otherwise))
    }

    fn bad(&self, why: &str) -> String {
        let before = &self.text[..self.at.min(self.text.len())];
        let start = before.rfind("${").unwrap_or(0);
        // What stands behind the variable may be secret.
        let is_shown = |c: &char| c.is_alphanumeric() || "${}_.[]#%:=-?+,^/@".contains(*c);
        let shown: String = self.text[start..].chars().take_while(is_shown).take(40).collect();
        format!("variable substitution failed at `{shown}`: {why}")
    }

    /// Applies a function to a variable. The result is unknown if the variable or an argument that counts is unknown.
    /// `before` is the number of variables that were unknown before the arguments.
    fn apply(&mut self, name: &str, function: &Function, args: Option<Vec<String>>, before: usize) -> Part {
        let value = match self.variables.get(name) {
            Variable::Known(value) => value,
            Variable::Unset => "",
            Variable::Unknown => {
                self.unknown.push(name.to_owned());
                return Part { text: None, name: None };
            }
        };
        let text = self.applied(value, function, args);
        let text = text.filter(|text| text.len() <= self.left);
        self.left -= text.as_ref().map_or(0, String::len);
        if text.is_some() {
            // An unknown variable in an argument that does not count changes nothing.
            self.unknown.truncate(before);
        } else if self.unknown.len() == before {
            self.unknown.push(name.to_owned());
        }
        Part { text, name: None }
    }

    fn applied(&self, value: &str, function: &Function, args: Option<Vec<String>>) -> Option<String> {
        match (function, args) {
            (Function::Default, _) if !value.is_empty() => Some(value.to_owned()),
            (Function::Length, _) => Some(value.len().to_string()),
            (Function::Case(case), _) => Some(cased(value, case)),
            (_, None) => None,
            (Function::Default, Some(args)) => Some(args.concat()),
            (Function::Part, Some(args)) => part(value, &args),
            (Function::Remove(signs), Some(args)) => removed(value, signs, &args[0]),
            (Function::Replace(signs), Some(args)) => replaced(value, signs, &args, self.left),
        }
    }
}

fn cased(value: &str, case: &str) -> String {
    let first = |change: fn(char) -> String| {
        let mut chars = value.chars();
        chars.next().map_or_else(String::new, |c| change(c) + chars.as_str())
    };
    match case {
        "," => first(|c| c.to_lowercase().collect()),
        "^" => first(|c| c.to_uppercase().collect()),
        ",," => value.to_lowercase(),
        "^^" => value.to_uppercase(),
        _ => value.to_owned(),
    }
}

/// A part of a value, counted in bytes. If an argument is not a number, the value stays unchanged.
fn part(value: &str, args: &[String]) -> Option<String> {
    let number = |text: &String| text.parse::<i64>().ok();
    let Some(at) = number(&args[0]) else { return Some(value.to_owned()) };
    let length = i64::try_from(value.len()).ok()?;
    let at = if at < 0 { (length + at).max(0) } else { at };
    let end = match args.get(1).map(number) {
        Some(None) => return Some(value.to_owned()),
        Some(Some(count)) => at.saturating_add(count).min(length),
        None => length,
    };
    if at >= length {
        return Some(String::new());
    }
    // `None` where Flux fails: the part ends before it begins. Also `None` if the part cuts a character in two.
    value.get(usize::try_from(at).ok()?..usize::try_from(end).ok()?).map(str::to_owned)
}

/// A value with one or all matches of a text replaced. `None` if that takes more than `most` bytes.
fn replaced(value: &str, signs: &str, args: &[String], most: usize) -> Option<String> {
    let (from, to) = (args[0].as_str(), args.get(1).map(String::as_str));
    let matches = if signs == "//" { value.matches(from).count() } else { 1 };
    let grown = matches.saturating_mul(to.map_or(0, str::len));
    if value.len().saturating_add(grown) > most {
        return None;
    }
    Some(match (signs, to) {
        ("//", to) => value.replace(from, to.unwrap_or_default()),
        ("/", to) => value.replacen(from, to.unwrap_or_default(), 1),
        ("/#", Some(to)) => {
            value.strip_prefix(from).map_or_else(|| value.to_owned(), |rest| format!("{to}{rest}"))
        }
        ("/%", Some(to)) => {
            value.strip_suffix(from).map_or_else(|| value.to_owned(), |rest| format!("{rest}{to}"))
        }
        _ => value.to_owned(),
    })
}

/// A value without the shortest or the longest part at its start or end that a pattern matches. `None` if the search takes
/// too long.
fn removed(value: &str, signs: &str, pattern: &str) -> Option<String> {
    let is_start = signs.starts_with('#');
    let is_longest = signs.len() == 2;
    let pattern: Vec<char> = pattern.chars().collect();
    if value.len() > MAX_CUTS || pattern.len() > MAX_CUTS {
        return None;
    }
    // Removing an empty part changes nothing.
    let mut cuts: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    cuts.retain(|cut| *cut != if is_start { 0 } else { value.len() });
    if is_start == is_longest {
        cuts.reverse();
    }
    let part = |cut: usize| if is_start { &value[..cut] } else { &value[cut..] };
    Some(match cuts.into_iter().find(|cut| matches(&pattern, part(*cut))) {
        Some(cut) if is_start => value[cut..].to_owned(),
        Some(cut) => value[..cut].to_owned(),
        None => value.to_owned(),
    })
}

/// Whether a pattern with `*` and `?` matches a whole text.
fn matches(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some('?') => (p, t) = (p + 1, t + 1),
            Some('\\') if pattern.get(p + 1) == Some(&text[t]) => (p, t) = (p + 2, t + 1),
            Some(c) if *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((star_p, star_t)) = star else { return false };
                star = Some((star_p, star_t + 1));
                (p, t) = (star_p + 1, star_t + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given;

    impl Variables for Given {
        fn get(&self, name: &str) -> Variable<'_> {
            match name {
                "region" => Variable::Known("eu-central-1"),
                "file" => Variable::Known("path/to/archive.tar.gz"),
                "empty" => Variable::Known(""),
                "secret" => Variable::Unknown,
                _ => Variable::Unset,
            }
        }
    }

    fn filled(text: &str) -> String {
        fill(text, &Given).expect("a text").text
    }

    #[test]
    fn variables_are_filled_in_as_flux_does() {
        for (text, expected) in [
            ("no variables, $region and $ too", "no variables, $region and $ too"),
            ("a ${region} b", "a eu-central-1 b"),
            ("${missing}", ""),
            ("${missing:=default}", "default"),
            ("${missing:-de fault}", "de fault"),
            ("${empty:=default}", "default"),
            ("${missing=default}", "default"),
            ("${region:=default}", "eu-central-1"),
            ("${missing:=${region}/x}", "eu-central-1/x"),
            ("${missing:=${other:-deep}}", "deep"),
            ("${missing:=}", ""),
            ("$${region}", "${region}"),
            ("$$$${region}", "$${region}"),
            ("$$", "$"),
            ("${region^^}", "EU-CENTRAL-1"),
            ("${region^}", "Eu-central-1"),
            ("${missing:=ABC}", "ABC"),
            ("${#region}", "12"),
            ("${region:3}", "central-1"),
            ("${region:3:7}", "central"),
            ("${region:0:99}", "eu-central-1"),
            ("${region:99}", ""),
            ("${region/-/_}", "eu_central-1"),
            ("${region//-/_}", "eu_central_1"),
            ("${region//-/}", "eucentral1"),
            ("${region/#eu/us}", "us-central-1"),
            ("${region/%1/2}", "eu-central-2"),
            ("${file##*/}", "archive.tar.gz"),
            ("${file#*/}", "to/archive.tar.gz"),
            ("${file%.*}", "path/to/archive.tar"),
            ("${file%%.*}", "path/to/archive"),
            ("${file/\\//:}", "path:to/archive.tar.gz"),
        ] {
            assert_eq!(filled(text), expected, "{text}");
        }
    }

    #[test]
    fn unknown_variables_stay_as_they_are_written() {
        let made = fill("${region}/${secret:=x}/${missing:=${secret}}", &Given).expect("a text");
        assert_eq!(made.text, "eu-central-1/${secret:=x}/${missing:=${secret}}");
        assert_eq!(made.unknown, ["secret", "secret"]);
    }

    #[test]
    fn an_unknown_argument_that_does_not_count_leaves_the_text_known() {
        for text in ["${region:=${secret}}", "${region:-a${secret}}", "${file=${secret:=x}}"] {
            assert_eq!(fill(text, &Given).expect("a text").unknown, Vec::<String>::new(), "{text}");
        }
        // Flux fails at such a part.
        assert_eq!(fill("${region:3:-1}", &Given).expect("a text").unknown, ["region"]);
    }

    #[test]
    fn texts_that_grow_too_large_are_not_known() {
        struct Long(String);
        impl Variables for Long {
            fn get(&self, _: &str) -> Variable<'_> {
                Variable::Known(&self.0)
            }
        }
        let long = Long("x".repeat(100_000));
        for text in [&"${a}".repeat(50), "${a//x/${a}}", "${a//x/yyyyyyyyyyyy}"] {
            let made = fill(text, &long).expect("a text");
            assert!(made.text.len() < 2 * MAX_MADE && !made.unknown.is_empty(), "{}", text.len());
        }
        assert_eq!(fill("${a##*x}", &long).expect("a text").unknown, ["a"]);
    }

    #[test]
    fn errors_show_no_text_behind_a_variable() {
        let error = fill("${a\" hunter2", &Given).expect_err("an error");
        assert!(error.contains("`${a`") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_variable_alone_is_the_whole_text() {
        assert_eq!(fill("${region}", &Given).expect("a text").whole.as_deref(), Some("region"));
        assert_eq!(fill("${region}/", &Given).expect("a text").whole, None);
        assert_eq!(fill("${region}${region}", &Given).expect("a text").whole, None);
        assert_eq!(fill("${region^^}", &Given).expect("a text").whole, None);
    }

    #[test]
    fn substitutions_that_flux_refuses_are_errors() {
        for text in [
            "${}",
            "${.Values.x}",
            "${region",
            "${region-x}",
            "${region:}",
            "${arr[@]}",
            "${#}",
            "${region:=",
        ] {
            assert!(fill(text, &Given).is_err(), "{text}");
        }
        let deep = "${a:=".repeat(100_000);
        assert!(fill(&deep, &Given).is_err());
    }
}
