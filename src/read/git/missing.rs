//! The errors about objects and commits that a clone lacks.

use super::GitRepository;
use gix_hash::ObjectId;

/// The advice that completes a shallow clone.
const DEEPEN: &str = "run `git fetch --unshallow`, or have CI clone everything: `fetch-depth: 0` of actions/checkout, \
                      `GIT_DEPTH: 0` in GitLab, `fetchDepth: 0` in Azure Pipelines, `clone: {depth: full}` in Bitbucket";

impl GitRepository {
    /// The error for a missing object.
    pub(super) fn missing(&self, id: ObjectId) -> String {
        if self.is_partial() {
            return format!(
                "object {id} is not in this partial clone, and nothing is fetched; run `git fetch --refetch --no-filter`"
            );
        }
        if self.is_shallow {
            return format!("commit {id} is not in this shallow clone; {DEEPEN}");
        }
        format!("object {id} is missing; `git fsck` lists what this repository lacks")
    }

    /// The error for a missing merge base.
    pub(super) fn no_common_commit(&self, base: &str, head: &str) -> String {
        if self.is_shallow {
            return format!(
                "this clone is shallow and does not contain the last common commit of `{head}` and `{base}`; {DEEPEN}"
            );
        }
        format!("`{base}` and `{head}` have no commit in common; name another commit with `--base`")
    }

    /// The advice for a name without a commit.
    pub(super) fn unknown(&self, name: &str) -> String {
        let near = self.remotes().into_iter().map(|remote| format!("{remote}/{name}"));
        let near = near.into_iter().find(|near| matches!(self.find_ref(near), Ok(Some(_))));
        match (near, name.split_once('/')) {
            (Some(near), _) => format!("there is no commit `{name}` here; did you mean `{near}`?"),
            (None, Some((remote, branch))) if self.remotes().iter().any(|known| known == remote) => {
                format!(
                    "there is no commit `{name}` here; run `git fetch {remote} {branch}:refs/remotes/{name}`"
                )
            }
            (None, _) if self.is_shallow => {
                format!("there is no commit `{name}` in this shallow clone; {DEEPEN}")
            }
            (None, _) => format!("there is no commit `{name}` here; fetch it first"),
        }
    }

    /// Whether the clone is partial: it fetches objects when they are needed.
    fn is_partial(&self) -> bool {
        let packs = self.located.common_dir.join("objects/pack").read_dir();
        packs
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|ending| ending == "promisor"))
    }
}
