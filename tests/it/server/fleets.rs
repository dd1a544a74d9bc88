//! A fleet of clusters that share bases, edited in every way: after each step, the server says what a check says, though
//! it keeps most of the step before. Kustomizations and the configuration are edited, files come and go, policies run.

use super::client::{Client, capabilities, uri};
use crate::command::{BAD, Scratch, out, pullwarden};
use crate::fuzz::Random;
use crate::git_repo::GitRepo;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const IMAGE: &str = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
                     registrySources:\n    allowedRegistries:\n    - quay.io\n    - registry.redhat.io\n";
const MIRRORS: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: mirrors\nspec:\n  \
                       imageDigestMirrors:\n  - source: quay.io/team\n    mirrors:\n    - mirror.example.com/team\n";
const OLD_MIRRORS: &str = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\nmetadata:\n  \
                           name: old\nspec:\n  repositoryDigestMirrors:\n  - source: quay.io/old\n    mirrors:\n    - \
                           mirror.example.com/old\n";
const POLICY: &str = "package main\n\n# METADATA\n# title: Sources are ours\ndeny_sources contains {\"msg\": msg, \"path\": \
                      path} if {\n\tinput.kind == \"ImageDigestMirrorSet\"\n\tsome i, rule in \
                      input.spec.imageDigestMirrors\n\tnot startswith(rule.source, \"quay.io/\")\n\tmsg := \
                      sprintf(\"`%s` is not ours\", [rule.source])\n\tpath := \
                      sprintf(\"spec.imageDigestMirrors[%d].source\", [i])\n}\n";
const POLICIES: &str = "policies:\n- path: policy\n";

/// Words that change what a text means.
const WORDS: [&str; 20] = [
    "quay.io",
    "docker.io",
    "- docker.io/library\n",
    "- ../../bases/mirrors\n",
    "- ../../bases/apps0\n",
    "- extra.yaml\n",
    "- missing.yaml\n",
    "- hidden.yaml\n",
    "namePrefix: a-\n",
    "images: [{name: quay.io/team/app0, newName: docker.io/app}]\n",
    "components: [../../components/ca]\n",
    "#",
    "\n",
    "  ",
    "\"",
    "# pullwarden: ignore[image-not-allowed] for a test\n",
    "exclude: [clusters/c0/**]\n",
    "rules: {image-not-allowed: off}\n",
    "{{ .Values.mirror }}\n",
    "mirror: other.example.com/a:b\n",
];

fn workload(name: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n      \
         - name: main\n        image: {image}\n"
    )
}

/// The texts of the fleet, by name.
fn fleet(has_policies: bool) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut add = |name: &str, text: &str| files.insert(name.to_owned(), text.to_owned());
    add(".gitignore", "hidden.yaml\n");
    add("bases/image/image.yaml", IMAGE);
    add("bases/image/kustomization.yaml", "resources: [image.yaml]\n");
    add("bases/mirrors/idms.yaml", MIRRORS);
    add("bases/mirrors/icsp.yaml", OLD_MIRRORS);
    add("bases/mirrors/kustomization.yaml", "resources:\n- idms.yaml\n- icsp.yaml\n");
    add(
        "components/ca/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator:\n- name: ca\n  namespace: \
         openshift-config\n  files: [a.crt]\npatches:\n- target: {kind: Image}\n  patch: |\n    - op: add\n      path: \
         /spec/additionalTrustedCA\n      value: {name: ca}\n",
    );
    add("components/ca/a.crt", "no certificate\n");
    for base in 0..2 {
        let mut kustomization = "resources:\n".to_owned();
        for number in 0..6 {
            let registry = if number == 5 { "docker.io" } else { "quay.io/team" };
            let text = workload(&format!("app{number}"), &format!("{registry}/app{number}:v1"));
            add(&format!("bases/apps{base}/app{number}.yaml"), &text);
            let _ = writeln!(kustomization, "- app{number}.yaml");
        }
        add(&format!("bases/apps{base}/kustomization.yaml"), &kustomization);
    }
    for cluster in 0..5 {
        let own = format!("clusters/c{cluster}");
        add(
            &format!("{own}/kustomization.yaml"),
            &format!(
                "resources:\n- ../../bases/image\n- ../../bases/mirrors\n- ../../bases/apps{}\n- own.yaml\npatches:\n- path: \
                 patch.yaml\n- target: {{kind: ImageDigestMirrorSet}}\n  patch: |\n    - op: replace\n      path: \
                 /spec/imageDigestMirrors/0/mirrors/0\n      value: mirror-{cluster}.example.com/team\n",
                cluster % 2
            ),
        );
        add(&format!("{own}/patch.yaml"), IMAGE);
        add(&format!("{own}/own.yaml"), &workload("own", "registry.redhat.io/ubi9/ubi:latest"));
    }
    // These are applied as they are: no kustomization names them.
    add("clusters/plain/image.yaml", IMAGE);
    add("clusters/plain/idms.yaml", MIRRORS);
    add("clusters/plain/web.yaml", &workload("web", "docker.io/web:v1"));
    add("clusters/plain/list.yaml", "kind: List\napiVersion: v1\nitems: []\n");
    // Only workloads: the configuration brings them to a cluster.
    add("teams/a/kustomization.yaml", "resources: [web.yaml]\n");
    add("teams/a/web.yaml", &workload("team", "docker.io/team/web:v1"));
    add("charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    add("charts/app/values.yaml", "source: quay.io/chart\nimage: docker.io/chart:v1\n");
    add(
        "charts/app/templates/idms.yaml",
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: {{ .Release.Name \
         }}\nspec:\n  imageDigestMirrors:\n  - source: {{ .Values.source }}\n    mirrors: [mirror.example.com/chart]\n",
    );
    add(
        "argo/app.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: app, namespace: openshift-gitops}\nspec:\n  \
         source: {repoURL: 'https://git.example.com/fleet.git', path: charts/app}\n  destination: {name: c1}\n",
    );
    // A chart whose output depends on a helper, on a file, and on what several Applications say.
    add("charts/base/Chart.yaml", "apiVersion: v2\nname: base\nversion: 1.0.0\n");
    add("charts/base/values.yaml", "mirror: mirror.example.com\nallowed: [quay.io]\n");
    add("charts/base/files/blocked.txt", "docker.io\n");
    add("charts/base/templates/_names.tpl", "{{ define \"mirror\" }}{{ .Values.mirror }}/base{{ end }}\n");
    add(
        "charts/base/templates/image.yaml",
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec:\n  registrySources:\n    \
         allowedRegistries:\n    {{- toYaml .Values.allowed | nindent 4 }}\n---\napiVersion: \
         config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  \
         imageTagMirrors:\n  - source: {{ .Files.Get \"files/blocked.txt\" | trim }}\n    mirrors: [{{ include \"mirror\" . \
         }}]\n",
    );
    add("values/north.yaml", "allowed: [quay.io, docker.io]\n");
    add("values/south.yaml", "allowed: [https://quay.io]\n");
    add("config/north.json", "{\"cluster\": \"north\", \"mirror\": \"north.example.com\"}\n");
    add("config/south.json", "{\"cluster\": \"south\", \"mirror\": \"south.example.com\"}\n");
    add(
        "argo/set.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: base, namespace: \
         openshift-gitops}\nspec:\n  generators:\n  - git:\n      repoURL: https://git.example.com/fleet.git\n      files: \
         [{path: config/*.json}]\n  template:\n    metadata: {name: 'base-{{cluster}}'}\n    spec:\n      source:\n        \
         repoURL: https://git.example.com/fleet.git\n        path: charts/base\n        helm:\n          valueFiles: \
         ['/values/{{cluster}}.yaml']\n          parameters: [{name: mirror, value: '{{mirror}}'}]\n      destination: \
         {name: '{{cluster}}'}\n",
    );
    let clusters = "clusters:\n  c1:\n    roots: [clusters/c1, teams/a]\n";
    let policies = if has_policies { POLICIES } else { "" };
    add(".pullwarden.yaml", &format!("{policies}{clusters}"));
    add("policy/sources.rego", POLICY);
    files
}

/// A finding: the file, the line from 0, the severity, the rule, and the message.
type Said = (String, u64, String, String, String);

/// What `pullwarden check` says.
fn checked(directory: &Path) -> Vec<Said> {
    let output = pullwarden(directory, &["check", ".", "--report", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", out(&output), String::from_utf8_lossy(&output.stderr))
    });
    let all = report["diagnostics"].as_array().expect("a list");
    let open = all.iter().filter(|found| found["state"]["status"] == "open");
    let mut said: Vec<Said> = open
        .map(|found| {
            let text = |key: &str| found[key].as_str().expect("a text").to_owned();
            // A finding about a whole file has no region.
            let line = found.pointer("/region/start/line").map_or(Some(1), Value::as_u64).expect("a line");
            (text("file"), line - 1, text("severity"), text("rule"), text("message"))
        })
        .collect();
    said.sort();
    said
}

/// What the server has told its client.
fn told(client: &Client, root: &Path) -> Vec<Said> {
    let base = uri(root);
    let mut said = Vec::new();
    for (address, params) in &client.diagnostics {
        let name = address.strip_prefix(&base).expect("a file of the folder").trim_start_matches('/');
        for item in params["diagnostics"].as_array().expect("a list") {
            let severity = match item["severity"].as_u64() {
                Some(1) => "error",
                Some(2) => "warning",
                _ => "note",
            };
            let line = item["range"]["start"]["line"].as_u64().expect("a line");
            let rule = item["code"].as_str().expect("an id").to_owned();
            let name = if name.is_empty() { "." } else { name };
            let message = item["message"].as_str().and_then(|message| message.lines().next());
            let message = message.expect("a message").to_owned();
            said.push((name.to_owned(), line, severity.to_owned(), rule, message));
        }
    }
    said.sort();
    said
}

/// A folder that a client has open, and a copy that is checked.
pub(super) struct Fleet {
    mine: PathBuf,
    other: PathBuf,
    client: Client,
    pub(super) random: Random,
    is_watched: bool,
    /// The texts on the disk of the client.
    disk: BTreeMap<String, String>,
    /// The open texts.
    open: BTreeMap<String, (i32, String)>,
    /// The rules of all findings so far.
    pub(super) rules: BTreeSet<String>,
    _scratch: Scratch,
}

impl Fleet {
    fn new(name: &str, seed: u64, is_watched: bool, has_policies: bool) -> Self {
        Self::with(name, seed, is_watched, has_policies, fleet(has_policies))
    }

    /// Files without policies.
    pub(super) fn of(name: &str, seed: u64, is_watched: bool, disk: BTreeMap<String, String>) -> Self {
        Self::with(name, seed, is_watched, false, disk)
    }

    fn with(
        name: &str,
        seed: u64,
        is_watched: bool,
        has_policies: bool,
        disk: BTreeMap<String, String>,
    ) -> Self {
        let scratch = Scratch::new(&format!("fleet-{name}"), &[]);
        let (mine, other) = (scratch.0.join("client"), scratch.0.join("check"));
        for (name, text) in &disk {
            for root in [&mine, &other] {
                write(&root.join(name), text);
            }
        }
        let (mine, other) = (mine.canonicalize().expect("a path"), other.canonicalize().expect("a path"));
        let mut capabilities = capabilities();
        if is_watched {
            capabilities["workspace"]["didChangeWatchedFiles"] = json!({ "dynamicRegistration": true });
        }
        let client = Client::with(&[&mine], capabilities, json!({ "policies": has_policies }));
        let random = Random::of("fleet", seed, 0);
        let (open, rules) = (BTreeMap::new(), BTreeSet::new());
        Self { mine, other, client, random, is_watched, disk, open, rules, _scratch: scratch }
    }

    /// Compares what the server says with what a check says.
    pub(super) fn compare(&mut self, when: &str) {
        self.client.settle();
        let (expected, said) = (checked(&self.other), told(&self.client, &self.mine));
        self.rules.extend(expected.iter().map(|said| said.3.clone()));
        assert_eq!(said, expected, "{when}");
    }

    pub(super) fn end(self) {
        assert!(self.client.end().0.success());
    }

    /// Writes a file; an open text is closed.
    pub(super) fn save(&mut self, name: &str, text: &str) {
        self.shut(name);
        let kind = if self.disk.contains_key(name) { 2 } else { 1 };
        self.put(name, text, kind);
    }

    /// Writes into an open text. Its file need not be there.
    pub(super) fn write_open(&mut self, name: &str, text: &str) {
        let address = self.address(name);
        let version = if let Some((version, _)) = self.open.get(name) {
            version + 1
        } else {
            self.client.open(&address, self.disk.get(name).map_or("", String::as_str));
            2
        };
        self.client.change(&address, version, text);
        write(&self.other.join(name), text);
        self.open.insert(name.to_owned(), (version, text.to_owned()));
    }

    /// Removes a file, if it is there; an open text is closed.
    pub(super) fn remove(&mut self, name: &str) {
        self.shut(name);
        let _ = std::fs::remove_file(self.other.join(name));
        // An open text has its directory, but only as long as it is open.
        for directory in Path::new(name).ancestors().skip(1) {
            if !self.mine.join(directory).exists() {
                let _ = std::fs::remove_dir(self.other.join(directory));
            }
        }
        if self.disk.remove(name).is_some() {
            std::fs::remove_file(self.mine.join(name)).expect("a file");
            self.tell(name, 3);
        }
    }

    fn shut(&mut self, name: &str) {
        if self.open.remove(name).is_some() {
            let address = self.address(name);
            self.client.notify("textDocument/didClose", json!({ "textDocument": { "uri": address } }));
        }
    }

    fn step(&mut self) -> String {
        match self.random.below(10) {
            0 => self.come(),
            1 => self.go(),
            2 => self.change_on_disk(),
            3 => self.close(),
            _ => self.edit(),
        }
    }

    fn name(&mut self) -> String {
        let names: Vec<&String> = self.disk.keys().filter(|name| *name != ".gitignore").collect();
        names[self.random.below(names.len())].clone()
    }

    /// Edits an open text: mostly the last one, as people work.
    fn edit(&mut self) -> String {
        let name = match self.open.keys().next_back() {
            Some(last) if !self.random.one_in(3) => last.clone(),
            _ => self.name(),
        };
        let address = uri(&self.mine.join(&name));
        if !self.open.contains_key(&name) {
            self.client.open(&address, &self.disk[&name]);
            self.open.insert(name.clone(), (1, self.disk[&name].clone()));
        }
        let mut text = self.open[&name].1.clone();
        self.scramble(&mut text);
        let version = self.open[&name].0 + 1;
        self.client.change(&address, version, &text);
        write(&self.other.join(&name), &text);
        self.open.insert(name.clone(), (version, text));
        format!("an edit of {name}")
    }

    /// Changes whole lines, or puts a word at the end or the start of one.
    fn scramble(&mut self, text: &mut String) {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let at = self.random.below(lines.len() + 1);
        let word = WORDS[self.random.below(WORDS.len())].to_owned();
        match self.random.below(5) {
            0 if at < lines.len() => drop(lines.remove(at)),
            1 if at < lines.len() => {
                let line = lines[at].clone();
                lines.insert(at, line);
            }
            2 if at < lines.len() => {
                let line = lines[at].trim_end_matches('\n').to_owned();
                lines[at] = format!("{line}{}\n", word.trim_end());
            }
            _ => lines.insert(at, word),
        }
        *text = lines.concat();
    }

    /// A file comes: one with a name that kustomizations may ask for.
    fn come(&mut self) -> String {
        let from = self.name();
        let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
        let names = ["extra.yaml", "missing.yaml", "hidden.yaml", "kustomization.yaml", "a.crt"];
        let name = format!("{directory}/{}", self.random.pick(&names)).trim_start_matches('/').to_owned();
        if self.open.contains_key(&name) {
            return "nothing".into();
        }
        let text = self.disk[&from].clone();
        let kind = if self.disk.contains_key(&name) { 2 } else { 1 };
        self.put(&name, &text, kind);
        format!("{name} comes as {from}")
    }

    fn go(&mut self) -> String {
        let name = self.name();
        if self.open.contains_key(&name) {
            return "nothing".into();
        }
        for root in [&self.mine, &self.other] {
            std::fs::remove_file(root.join(&name)).expect("a file");
        }
        self.disk.remove(&name);
        self.tell(&name, 3);
        format!("{name} goes")
    }

    fn change_on_disk(&mut self) -> String {
        let name = self.name();
        if self.open.contains_key(&name) {
            return "nothing".into();
        }
        let mut text = self.disk[&name].clone();
        self.scramble(&mut text);
        self.put(&name, &text, 2);
        format!("{name} changes on the disk")
    }

    /// Closes a text; what is not saved is gone.
    fn close(&mut self) -> String {
        let Some(name) = self.open.keys().next().cloned() else { return "nothing".into() };
        let (_, text) = self.open.remove(&name).expect("an open text");
        let last = if self.random.one_in(2) { text } else { self.disk[&name].clone() };
        self.client.notify(
            "textDocument/didClose",
            json!({ "textDocument": { "uri": uri(&self.mine.join(&name)) } }),
        );
        self.put(&name, &last, 2);
        format!("{name} is closed")
    }

    fn put(&mut self, name: &str, text: &str, kind: u8) {
        for root in [&self.mine, &self.other] {
            write(&root.join(name), text);
        }
        self.disk.insert(name.to_owned(), text.to_owned());
        self.tell(name, kind);
    }

    /// The address of a file that may not be there.
    fn address(&self, name: &str) -> String {
        format!("{}/{name}", uri(&self.mine))
    }

    fn tell(&mut self, name: &str, kind: u8) {
        let address = self.address(name);
        if self.is_watched {
            let changes = json!({ "changes": [{ "uri": address, "type": kind }] });
            self.client.notify("workspace/didChangeWatchedFiles", changes);
        } else {
            self.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": address } }));
        }
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("it can be made");
    std::fs::write(path, text).expect("a file");
}

fn steps(name: &str, seed: u64, is_watched: bool, has_policies: bool, steps: usize) {
    let mut fleet = Fleet::new(name, seed, is_watched, has_policies);
    let mut done = Vec::new();
    for number in 0..steps {
        done.push(fleet.step());
        fleet.compare(&format!("{name}, step {number}: {:?}", &done[done.len().saturating_sub(5)..]));
    }
    assert!(fleet.rules.len() > 3, "nothing was found that could differ: {:?}", fleet.rules);
    fleet.end();
}

#[test]
fn a_fleet_whose_files_are_watched() {
    steps("watched", 1, true, false, 120);
}

#[test]
fn a_fleet_whose_files_are_not_watched() {
    steps("unwatched", 2, false, false, 60);
}

#[test]
fn a_fleet_with_policies() {
    steps("policies", 3, true, true, 40);
}

#[test]
fn a_folder_without_git_is_checked_as_one_with_it() {
    for has_git in [false, true] {
        let repo = if has_git { GitRepo::new() } else { GitRepo::beside() };
        let root = repo.root();
        let mut files = fleet(false);
        files.insert(".gitignore".into(), "ignored/\n".into());
        files.insert("ignored/a.yaml".into(), BAD.into());
        files.insert("bad/a.yaml".into(), BAD.into());
        for (name, text) in &files {
            write(&root.join(name), text);
        }
        assert_eq!(root.ancestors().any(|directory| directory.join(".git").exists()), has_git);
        let mut client = Client::of(root);
        client.settle();
        let expected = checked(root);
        assert!(expected.iter().any(|said| said.0 == "bad/a.yaml"), "{expected:?}");
        assert_eq!(told(&client, root), expected, "{has_git}");
        // The same holds for a text that is not saved.
        let address = uri(&root.join("bad/a.yaml"));
        client.open(&address, BAD);
        client.change(&address, 2, &BAD.replace("https://", ""));
        write(&root.join("bad/a.yaml"), &BAD.replace("https://", ""));
        client.settle();
        assert_eq!(told(&client, root), checked(root), "{has_git}");
        assert!(client.end().0.success());
    }
}
