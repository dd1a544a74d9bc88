//! Finds the base of a pull request: from `--base`, from the environment of CI, or from the clone.

use super::{Commit, GitRepository};
use crate::machine::disk;
use std::collections::BTreeMap;
use std::path::Path;

/// The variables about a pull request, and about the address of the checked commit.
const VARIABLES: [&str; 19] = [
    "GITHUB_ACTIONS",
    "GITHUB_BASE_REF",
    "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "CHANGE_TARGET",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "BITBUCKET_PR_DESTINATION_COMMIT",
    "GITLAB_CI",
    "TF_BUILD",
    "JENKINS_URL",
    "BITBUCKET_BUILD_NUMBER",
    "GITHUB_SERVER_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_SHA",
    "CI_PROJECT_URL",
    "CI_COMMIT_SHA",
];

/// The variables with the target branch of a pull request, and the CI system that sets each.
const BRANCHES: [(&str, &str); 5] = [
    ("GITHUB_BASE_REF", "GitHub Actions"),
    ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "GitLab CI"),
    ("SYSTEM_PULLREQUEST_TARGETBRANCH", "Azure Pipelines"),
    ("CHANGE_TARGET", "Jenkins"),
    ("BITBUCKET_PR_DESTINATION_BRANCH", "Bitbucket"),
];

/// The largest description of an event that is read, in bytes.
const MAX_EVENT: u64 = 64 << 20;

/// The variables of the environment about a pull request.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        let read = |name: &&str| Some(((*name).to_owned(), std::env::var(name).ok()?));
        Self(VARIABLES.iter().filter_map(read).collect())
    }

    /// An environment of these variables.
    pub fn of(variables: &[(&str, &str)]) -> Self {
        Self(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The web address of the files of the checked commit, from the variables of GitHub Actions or GitLab CI.
    pub fn blob(&self) -> Option<String> {
        let github = || {
            let [server, repository, commit] =
                ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"].map(|name| self.get(name));
            Some(format!("{}/{}/blob/{}", server?, repository?, commit?))
        };
        let gitlab =
            || Some(format!("{}/-/blob/{}", self.get("CI_PROJECT_URL")?, self.get("CI_COMMIT_SHA")?));
        let address = github().or_else(gitlab)?;
        // The address becomes a part of links, so it must not contain characters that end a link.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/._-~%+".contains(&byte);
        (address.starts_with("http") && address.bytes().all(is_plain)).then_some(address)
    }

    /// The event that GitHub describes in a file.
    fn event(&self) -> Option<serde_json::Value> {
        self.get("GITHUB_ACTIONS")?;
        let bytes = disk::read(Path::new(self.get("GITHUB_EVENT_PATH")?), MAX_EVENT).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// A commit to compare with, and the source of this choice.
#[derive(Clone, Debug)]
pub struct Base {
    /// The commit.
    pub commit: Commit,
    /// Its name.
    pub name: String,
    /// The source that names the base; `None` for the command line.
    pub said_by: Option<String>,
}

impl GitRepository {
    /// The base of a change: `given`, or the base that the environment or the clone names.
    pub fn base(&self, given: Option<&str>, environment: &Environment) -> Result<Base, String> {
        if let Some(name) = given {
            return Ok(Base { commit: self.commit(name)?, name: name.to_owned(), said_by: None });
        }
        if let Some(base) = self.base_of_event(environment)? {
            return Ok(base);
        }
        for (variable, who) in BRANCHES {
            let Some(branch) = environment.get(variable) else { continue };
            return self.base_of_branch(branch, &format!("{variable} of {who}"), environment);
        }
        self.default_branch()
    }

    /// The commit that the environment of CI names.
    fn base_of_event(&self, environment: &Environment) -> Result<Option<Base>, String> {
        let found = |name: &str, said_by: &str| -> Result<Option<Base>, String> {
            let said_by = Some(said_by.to_owned());
            Ok(Some(Base { commit: self.commit(name)?, name: name.to_owned(), said_by }))
        };
        if let Some(name) = environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") {
            return found(name, "CI_MERGE_REQUEST_DIFF_BASE_SHA of GitLab CI");
        }
        let Some(event) = environment.event() else { return Ok(None) };
        if let Some(name) = event["merge_group"]["base_sha"].as_str() {
            return found(name, "the merge queue of GitHub");
        }
        if environment.get("GITHUB_EVENT_NAME") == Some("push")
            && let Some(name) = event["before"].as_str()
            && name.bytes().any(|byte| byte != b'0')
        {
            return found(name, "the push to GitHub");
        }
        Ok(None)
    }

    /// The target branch of a pull request. CI often clones only one commit of one branch.
    fn base_of_branch(&self, branch: &str, who: &str, environment: &Environment) -> Result<Base, String> {
        let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
        let said_by = Some(who.to_owned());
        let remotes = self.remotes();
        let on_remotes = remotes
            .iter()
            .map(|remote| (format!("refs/remotes/{remote}/{branch}"), format!("{remote}/{branch}")));
        let here = (format!("refs/heads/{branch}"), branch.to_owned());
        for (full, name) in on_remotes.chain([here]) {
            if self.find_ref(&full)?.is_some() {
                return Ok(Base { commit: self.commit(&full)?, name, said_by });
            }
        }
        // The event names the commit of the target branch. This commit is the first parent of the commit that GitHub
        // checks out.
        let event = environment.event();
        let of_event = event.as_ref().and_then(|event| event["pull_request"]["base"]["sha"].as_str());
        let of_event = of_event.or(environment.get("BITBUCKET_PR_DESTINATION_COMMIT"));
        if let Some(commit) = of_event.and_then(|name| self.commit(name).ok()) {
            return Ok(Base { commit, name: branch.to_owned(), said_by });
        }
        let head = self.commit("HEAD")?;
        if environment.get("GITHUB_BASE_REF").is_some()
            && self.parents(head)?.len() == 2
            && let Ok(commit) = self.commit("HEAD^1")
        {
            return Ok(Base { commit, name: branch.to_owned(), said_by });
        }
        Err(format!(
            "{who} says that the pull request goes to `{branch}`; {}",
            self.unknown(&format!("origin/{branch}"))
        ))
    }

    /// The default branch of the repository that this one was cloned from.
    fn default_branch(&self) -> Result<Base, String> {
        let base = |full: &str, name: String| -> Result<Base, String> {
            Ok(Base { commit: self.commit(full)?, name, said_by: Some("the default branch".into()) })
        };
        let remotes = self.remotes();
        for remote in &remotes {
            if let Some(target) = self.target_of(&format!("refs/remotes/{remote}/HEAD"))
                && self.find_ref(&target)?.is_some()
            {
                let name = target.strip_prefix("refs/remotes/").unwrap_or(&target).to_owned();
                return base(&target, name);
            }
        }
        let known = |prefix: &str| ["main", "master"].map(|branch| format!("{prefix}{branch}"));
        let prefixes = remotes.iter().map(|remote| format!("{remote}/"));
        for name in prefixes.flat_map(|prefix| known(&prefix)) {
            let full = format!("refs/remotes/{name}");
            if self.find_ref(&full)?.is_some() {
                return base(&full, name);
            }
        }
        for name in known("") {
            let full = format!("refs/heads/{name}");
            if self.find_ref(&full)?.is_some() {
                return base(&full, name);
            }
        }
        self.commit("HEAD")?;
        Err("nothing says which branch this goes to; name it with `--base`, as in `--base origin/main`"
            .into())
    }
}
