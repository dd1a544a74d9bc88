//! `pullwarden fix`: shows or makes the changes that fix findings.

use super::check::Exit;
use super::{Error, inputs};
use crate::cli::FixArgs;
use crate::config;
use crate::finding::Safety;
use crate::fix::{self, Fixed, FixedFile, WantedFixes};
use crate::machine::terminal::escape;
use crate::read::discover::{self, Roots};
use crate::report::human::counted;
use crate::report::{Style, diff};
use crate::rules::rule::Severity;
use crate::source::Sources;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

/// Fixes findings, and reports what was fixed and what is left. Beside a patch, the report goes to `err`, so that
/// standard output holds only the patch.
pub fn run(args: &FixArgs, style: &Style, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Error> {
    inputs::limit_threads(&args.how);
    let rules = args.rules.iter().map(|id| super::rule(id)).collect::<Result<_, _>>()?;
    let (paths, mut troubles) = inside(&args.paths)?;
    if paths.is_empty() {
        return Err(Error::Failed(troubles.join("\npullwarden: ")));
    }
    let (mut roots, missing) = inputs::roots(&paths, !args.how.no_ignore)?;
    troubles.extend(missing);
    let wanted = WantedFixes { allow_unsafe: args.allow_unsafe, rules, below: whole(&mut roots)? };
    let overrides = inputs::overrides(&args.how);
    let known = &args.how.known;
    let first = inputs::settings(known, &overrides, &roots.root, &mut Sources::default())?;
    let mut walked = inputs::walked(known, &first, &roots);
    walked.is_part |= is_without_bounds(&roots);
    let bounds = fix::Bounds::of(&roots.root);
    let mut mended = fix::fix_all(
        &walked,
        |sources| inputs::settings(known, &overrides, &roots.root, sources),
        &wanted,
        |path, text| {
            bounds.hold(path)?;
            if args.write {
                fix::can_be_replaced(&roots.root, path)?;
            }
            fix::is_as_read(path, text)
        },
    )?;
    // The findings in files that could not be written stay.
    let mut undone: BTreeMap<(&'static str, Severity), usize> = BTreeMap::new();
    if args.write {
        mended.files.retain(|file| match fix::replace(&roots.root, &file.path, &file.before, &file.after) {
            Ok(()) => true,
            Err(why) => {
                mended.refused.insert(file.name.clone(), why);
                for (rule, count) in &file.fixed {
                    *undone.entry(*rule).or_default() += count;
                }
                false
            }
        });
        written(&mended.files, out)?;
    } else {
        for file in &mended.files {
            if !diff::write(&file.name, &file.before, &file.after, style, out)? {
                troubles.push(format!(
                    "{} is not in the patch, since a line beside its changes is secret, or a command to a terminal or a \
                     workflow's log; `--write` changes the file itself",
                    escape(&file.name)
                ));
            }
        }
        out.flush()?;
    }
    let said: &mut dyn Write = if args.write { &mut *out } else { err };
    summary(args, &mended, &wanted, &undone, said)?;
    if mended.has_faults() {
        troubles.push(super::A_FAULT.into());
    }
    troubles.extend(mended.refused.iter().map(|(name, why)| format!("{} {why}", escape(name))));
    if !troubles.is_empty() {
        out.flush()?;
        return Err(Error::Failed(troubles.join("\npullwarden: ")));
    }
    Ok(if args.write || mended.files.is_empty() { Exit::Clean } else { Exit::Dirty })
}

/// The paths that lie in the repository of the current directory, and an error for each of the others.
fn inside(given: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<String>), Error> {
    let mut paths = Vec::new();
    let mut troubles = Vec::new();
    for path in given {
        if path.as_os_str() == "-" {
            return Err(Error::Failed("a stream has no file to fix; name files or directories".into()));
        }
        // A missing path is reported later, with all other missing paths.
        let leads_away = path.canonicalize().is_ok_and(|real| {
            let named = as_named(path).unwrap_or_else(|| real.clone());
            let root = discover::root_of(&[named], &config::NAMES);
            root.canonicalize().is_ok_and(|root| !real.starts_with(root))
        });
        if leads_away {
            troubles.push(format!(
                "{} leads out of its repository by a link; only files of the repository itself are changed",
                escape(&path.to_string_lossy())
            ));
        } else {
            paths.push(path.clone());
        }
    }
    Ok((paths, troubles))
}

/// Extends the roots to the whole repository, since the clusters of a file depend on the other files. Returns the names
/// that the command line gave.
fn whole(roots: &mut Roots) -> Result<Vec<String>, Error> {
    for path in &roots.paths {
        let own = discover::root_of(std::slice::from_ref(path), &config::NAMES);
        if own != roots.root && discover::is_root(&own, &config::NAMES) {
            return Err(Error::Failed(format!(
                "{} is of the repository {}, and the other paths are not; fix one repository at a time",
                escape(&path.to_string_lossy()),
                escape(&own.to_string_lossy())
            )));
        }
    }
    let asked = roots.paths.iter().map(|path| discover::name_of(&roots.root, path)).collect();
    // Outside of a repository, the directory may hold anything.
    if discover::is_root(&roots.root, &config::NAMES) && !roots.paths.contains(&roots.root) {
        roots.paths.push(roots.root.clone());
    }
    Ok(asked)
}

/// Whether the paths lie in no repository, so that nothing bounds the files around them.
fn is_without_bounds(roots: &Roots) -> bool {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    !discover::is_root(&roots.root, &config::NAMES) && here.is_ok_and(|here| here != roots.root)
}

/// An absolute path as the user wrote it. Links are resolved only where `..` follows.
fn as_named(path: &Path) -> Option<PathBuf> {
    let mut named = std::env::current_dir().ok()?;
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                named = named.canonicalize().ok()?;
                named.pop();
            }
            part => named.push(part),
        }
    }
    Some(named)
}

/// Lists the rules that were fixed in each file, and how often.
fn written(files: &[FixedFile], out: &mut dyn Write) -> Result<(), Error> {
    for file in files {
        let verb = if file.fixed.is_empty() { "adapted" } else { "fixed" };
        writeln!(out, "{verb} {}", escape(&file.name))?;
        let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
        for ((rule, _), count) in &file.fixed {
            *by_rule.entry(rule).or_default() += count;
        }
        for (rule, count) in by_rule {
            writeln!(out, "  {count:>4} {rule}")?;
        }
    }
    Ok(())
}

/// Summarizes what was fixed or would be fixed, and what is left.
fn summary(
    args: &FixArgs,
    mended: &Fixed,
    wanted: &WantedFixes,
    undone: &BTreeMap<(&'static str, Severity), usize>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let count = mended.files.iter().flat_map(|file| file.fixed.values()).sum();
    let (findings, places) = (counted(count, "finding"), counted(mended.files.len(), "file"));
    match (mended.files.is_empty(), args.write) {
        (true, _) => writeln!(out, "nothing to fix")?,
        (false, true) => writeln!(out, "fixed {findings} in {places}")?,
        (false, false) => writeln!(out, "{findings} to fix in {places}; `--write` does it")?,
    }
    if mended.unfinished > 0 {
        writeln!(out, "there is more to fix after {} passes; run the command again", fix::MAX_PASSES)?;
    }
    if !mended.withdrawn.is_empty() {
        writeln!(out, "not fixed, since a fix was tried and is not safe:")?;
    }
    for ((file, rule, why), count) in &mended.withdrawn {
        writeln!(out, "  {count:>4} {rule} in {}: {}", escape(file), why.why())?;
    }
    let mut left: BTreeMap<(std::cmp::Reverse<Severity>, &str), (usize, usize)> = BTreeMap::new();
    for (&(rule, severity), count) in undone {
        left.entry((std::cmp::Reverse(severity), rule)).or_default().0 += count;
    }
    for diagnostic in mended.left.open().filter(|diagnostic| wanted.has_rule(diagnostic.rule.id)) {
        let key = (std::cmp::Reverse(diagnostic.severity), diagnostic.rule.id);
        let (count, to_look_at) = left.entry(key).or_default();
        *count += 1;
        let fix = diagnostic.fix.as_ref();
        *to_look_at += usize::from(fix.is_some_and(|fix| fix.safety == Safety::Unsafe));
    }
    if !left.is_empty() {
        writeln!(out, "left, as `pullwarden check` shows:")?;
    }
    for ((severity, rule), (count, to_look_at)) in left {
        let severity = severity.0.as_str();
        let fixable = match to_look_at {
            0 => None,
            _ if wanted.allow_unsafe => None,
            1 if count == 1 => Some("it".to_owned()),
            some if some == count => Some("them".to_owned()),
            some => Some(some.to_string()),
        };
        let hint = fixable.map_or_else(String::new, |which| format!(" (`--unsafe` fixes {which})"));
        writeln!(out, "  {count:>4} {severity:<7} {rule}{hint}")?;
    }
    Ok(())
}
