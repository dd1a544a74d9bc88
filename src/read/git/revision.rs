//! Finds the commit of a name: a branch, a tag, a (short) id, or a parent of these.

use super::GitRepository;
use gix_hash::{ObjectId, Prefix};
use gix_object::{CommitRefIter, Kind, TagRefIter};
use std::collections::HashSet;
use std::fmt;
use std::sync::PoisonError;

/// The largest commit or tag that is read, in bytes.
const MAX_COMMIT: u64 = 16 << 20;

/// The limit of symbolic refs and tags that are followed.
const MAX_STEPS: usize = 10;

/// A commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit(pub(super) ObjectId);

impl Commit {
    /// The first characters of its id.
    pub fn short(&self) -> String {
        self.0.to_hex_with_len(10).to_string()
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.to_hex())
    }
}

impl GitRepository {
    /// The commit that a name leads to: a ref, an id or its first digits, with any `~N` and `^N` behind.
    pub fn commit(&self, spec: &str) -> Result<Commit, String> {
        if spec.contains("@{") || spec.contains([':', '\0', '\n']) || spec.contains("..") {
            return Err(format!("`{spec}` does not name one commit; give a branch, a tag or an id"));
        }
        let end = spec.find(['~', '^']).unwrap_or(spec.len());
        let (name, mut steps) = spec.split_at(end);
        let mut commit = self.named(if name == "@" { "HEAD" } else { name })?;
        while let Some(kind) = steps.chars().next() {
            steps = &steps[1..];
            let digits = steps.find(|c: char| !c.is_ascii_digit()).unwrap_or(steps.len());
            let (number, rest) = steps.split_at(digits);
            steps = rest;
            let number: usize = match number {
                "" => 1,
                number => number.parse().map_err(|_| format!("`{spec}` goes back too far"))?,
            };
            match kind {
                '^' if steps.starts_with('{') => {
                    let Some(rest) = steps.strip_prefix("{commit}").or(steps.strip_prefix("{}")) else {
                        return Err(format!(
                            "`{spec}` does not name one commit; give a branch, a tag or an id"
                        ));
                    };
                    steps = rest;
                }
                '^' if number == 0 => {}
                '^' => commit = self.parent(commit, number, spec)?,
                '~' => {
                    for _ in 0..number {
                        commit = self.parent(commit, 1, spec)?;
                    }
                }
                _ => return Err(format!("`{spec}` does not name one commit; give a branch, a tag or an id")),
            }
        }
        Ok(commit)
    }

    fn parent(&self, commit: Commit, number: usize, spec: &str) -> Result<Commit, String> {
        let parents = self.parents(commit)?;
        let parent = parents.get(number - 1).copied();
        let parent = parent.ok_or_else(|| format!("`{spec}` goes back behind the first commit"))?;
        self.peeled(parent.0, spec)
    }

    /// The parents of a commit. A shallow clone may lack them.
    pub(super) fn parents(&self, commit: Commit) -> Result<Vec<Commit>, String> {
        let (_, content) = self.object(commit.0, MAX_COMMIT)?;
        Ok(CommitRefIter::from_bytes(&content, gix_hash::Kind::Sha1).parent_ids().map(Commit).collect())
    }

    fn named(&self, name: &str) -> Result<Commit, String> {
        if name.len() == 40
            && let Ok(id) = ObjectId::from_hex(name.as_bytes())
        {
            return self.peeled(id, name);
        }
        if let Some(id) = self.find_ref(name)? {
            return self.peeled(id, name);
        }
        if name == "HEAD" {
            return Err("this repository has no commit yet".into());
        }
        match self.by_prefix(name)? {
            Some(commit) => Ok(commit),
            None => Err(self.unknown(name)),
        }
    }

    /// The object that a ref leads to, by Git's rules for short names.
    pub(super) fn find_ref(&self, name: &str) -> Result<Option<ObjectId>, String> {
        let Ok(partial) = <&gix_ref::PartialNameRef>::try_from(name) else { return Ok(None) };
        let failed = |error: String| format!("`{name}` cannot be read: {error}");
        let refs = self.refs();
        let mut found = refs.try_find(partial).map_err(|error| failed(error.to_string()))?;
        for _ in 0..MAX_STEPS {
            let Some(reference) = found else { return Ok(None) };
            match reference.target {
                gix_ref::Target::Object(id) => return Ok(Some(id)),
                gix_ref::Target::Symbolic(next) => {
                    let next = next.as_ref().as_partial_name();
                    found = refs.try_find(next).map_err(|error| failed(error.to_string()))?;
                }
            }
        }
        Err(failed("its symbolic refs lead in a circle".into()))
    }

    /// The name of the ref that a symbolic ref points to.
    pub(super) fn target_of(&self, name: &str) -> Option<String> {
        match self.refs().try_find(<&gix_ref::PartialNameRef>::try_from(name).ok()?).ok()??.target {
            gix_ref::Target::Symbolic(next) => Some(next.as_bstr().to_string()),
            gix_ref::Target::Object(_) => None,
        }
    }

    /// The names of remotes with refs: `origin` first, then `upstream`, then the others.
    pub(super) fn remotes(&self) -> Vec<String> {
        let mut remotes = HashSet::new();
        let refs = self.refs();
        if let Ok(all) = refs.iter() {
            for reference in all.all().into_iter().flatten().flatten() {
                let name = reference.name.as_bstr().to_string();
                if let Some(rest) = name.strip_prefix("refs/remotes/")
                    && let Some((remote, _)) = rest.split_once('/')
                {
                    remotes.insert(remote.to_owned());
                }
            }
        }
        let mut remotes: Vec<String> = remotes.into_iter().collect();
        let rank = |name: &str| ["origin", "upstream"].iter().position(|first| *first == name).unwrap_or(2);
        remotes.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
        remotes
    }

    /// The only commit whose id begins with these digits.
    fn by_prefix(&self, name: &str) -> Result<Option<Commit>, String> {
        let Ok(prefix) = Prefix::from_hex(name) else { return Ok(None) };
        let mut candidates = HashSet::new();
        {
            let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
            let found = objects.lookup_prefix(prefix, Some(&mut candidates));
            found.map_err(|error| format!("`{name}` cannot be looked up: {error}"))?;
        }
        let mut commits: Vec<Commit> =
            candidates.into_iter().filter_map(|id| self.peeled(id, name).ok()).collect();
        commits.sort_by_key(|commit| commit.0);
        commits.dedup();
        match commits[..] {
            [] => Ok(None),
            [commit] => Ok(Some(commit)),
            _ => Err(format!("several commits begin with `{name}`; write more digits")),
        }
    }

    /// The commit for an object: the object itself, or the commit that a tag names.
    fn peeled(&self, mut id: ObjectId, name: &str) -> Result<Commit, String> {
        for _ in 0..MAX_STEPS {
            match self.object(id, MAX_COMMIT) {
                Ok((Kind::Commit, _)) => return Ok(Commit(id)),
                Ok((Kind::Tag, content)) => {
                    let target = TagRefIter::from_bytes(&content, gix_hash::Kind::Sha1).target_id();
                    id = target.map_err(|_| format!("the tag `{name}` cannot be read"))?;
                }
                Ok(_) => break,
                Err(why) => return Err(format!("`{name}`: {why}")),
            }
        }
        Err(format!("`{name}` is not a commit"))
    }
}
