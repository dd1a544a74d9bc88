//! What decides on a plan beside the operator's own files, and what is said of it.

use pullwarden::config::{self, Overrides, Settings};
use pullwarden::model::Repo;
use pullwarden::pipeline::{self, Walked};
use pullwarden::read::discover::{Input, Origin};
use pullwarden::report::nodes::Gaps;
use pullwarden::report::plan::{PlanFormat, Planned, json, text};
use pullwarden::rollout;
use pullwarden::source::Sources;
use serde_json::Value;

/// Two states of a repository, and what is known about its clusters.
#[derive(Default)]
pub(crate) struct Change<'t> {
    pub(crate) old: Vec<(&'t str, &'t str)>,
    pub(crate) new: Vec<(&'t str, &'t str)>,
    pub(crate) openshift: &'t str,
    pub(crate) config: &'t str,
    pub(crate) images: Vec<String>,
}

impl<'t> Change<'t> {
    /// A change of one file of a cluster on 4.20.
    pub(crate) fn of(old: &'t str, new: &'t str) -> Self {
        Self { old: vec![("a.yaml", old)], new: vec![("a.yaml", new)], openshift: "4.20", ..Self::default() }
    }

    fn said(&self, write: impl Fn(&Planned<'_>, &mut Vec<u8>)) -> String {
        let mut sources = Sources::default();
        let overrides =
            Overrides { openshift: Some(self.openshift.parse().expect("a release")), ..Overrides::default() };
        let settings = config::parse(self.config, ".pullwarden.yaml", &overrides, &mut sources);
        assert!(settings.problems.is_empty(), "{:?}", settings.problems);
        let before = repo(&self.old, &settings, &mut sources);
        let after = repo(&self.new, &settings, &mut sources);
        let plan = rollout::plan_with(&before, &after, &self.images);
        let gaps = Gaps::default();
        let report = pipeline::changes(&plan, &after, &settings, &sources);
        let mut out = Vec::new();
        write(
            &Planned {
                plan,
                sources: &sources,
                before: &gaps,
                after: &gaps,
                report: &report,
                revisions: None,
                with_files: false,
            },
            &mut out,
        );
        String::from_utf8(out).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        let said = self.said(|planned, out| json::write(planned, out).expect("memory"));
        serde_json::from_str(&said).expect("JSON")
    }

    pub(crate) fn text(&self) -> String {
        self.said(|planned, out| text::write(planned, out).expect("memory"))
    }

    pub(crate) fn report(&self, format: PlanFormat) -> String {
        self.said(|planned, out| pullwarden::report::plan::write(format, planned, out).expect("memory"))
    }

    /// The outcome of each pool: `worker drain`.
    fn pools(&self) -> Vec<String> {
        let json = self.json();
        let pools = json["clusters"][0]["pools"].as_array().expect("pools").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        pools.map(|pool| format!("{} {}", text(&pool["name"]), text(&pool["outcome"]))).collect()
    }
}

fn repo(files: &[(&str, &str)], settings: &Settings, sources: &mut Sources) -> Repo {
    let mut inputs: Vec<Input> = files
        .iter()
        .map(|(name, text)| Input { name: (*name).into(), origin: Origin::Text(text.as_bytes().into()) })
        .collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    pipeline::read_for_plan(Walked { inputs, ..Walked::default() }, settings, sources)
}

pub(crate) fn image(sources: &str) -> String {
    format!(
        "---\napiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  registrySources: {{{sources}}}\n"
    )
}

pub(crate) fn mirrors(kind: &str, name: &str, source: &str, mirrors: &str) -> String {
    let (api, list) = match kind {
        "ImageContentSourcePolicy" => ("operator.openshift.io/v1alpha1", "repositoryDigestMirrors"),
        "ImageTagMirrorSet" => ("config.openshift.io/v1", "imageTagMirrors"),
        _ => ("config.openshift.io/v1", "imageDigestMirrors"),
    };
    format!(
        "---\napiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n  {list}:\n  - source: {source}\n    mirrors: [{mirrors}]\n"
    )
}

fn pool(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfigPool\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
    )
}

fn machine_config(name: &str, role: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata:\n  name: {name}\n  labels: {{machineconfiguration.openshift.io/role: {role}}}\nspec: {{{spec}}}\n"
    )
}

fn file(path: &str, contents: &str) -> String {
    format!("config: {{storage: {{files: [{{path: {path}, contents: {{source: 'data:,{contents}'}}}}]}}}}")
}

fn policies(files: &str) -> String {
    format!(
        "---\napiVersion: operator.openshift.io/v1\nkind: MachineConfiguration\nmetadata: {{name: cluster}}\nspec:\n  nodeDisruptionPolicy:\n    files: [{files}]\n"
    )
}

const BLOCKED: &str = "blockedRegistries: [docker.io]";

#[test]
fn a_paused_pool_holds_back_and_the_others_do_not() {
    let paused = pool("worker", "paused: true, maxUnavailable: 25%");
    let (old, new) = (image("") + &paused, image(BLOCKED) + &paused);
    let change = Change {
        config: "clusters: {prod: {paths: '**', nodes: {worker: 12, master: 3}}}\n",
        ..Change::of(&old, &new)
    };
    assert_eq!(change.pools(), ["master drain", "worker held"]);
    let json = change.json();
    let worker = &json["clusters"][0]["pools"][1];
    assert_eq!(worker["drain"], true, "once it is resumed");
    assert_eq!((&worker["at_once"], &worker["rounds"]), (&3.into(), &4.into()));
    assert_eq!(json["clusters"][0]["pools"][0]["rounds"], 3);
    assert!(change.text().contains("`master` nodes: every node is drained; 3 nodes, 1 at a time: 3 rounds"));
}

#[test]
fn machine_configs_change_the_nodes_of_their_pools() {
    let kernel = machine_config("50-kernel", "worker", "kernelArguments: [quiet]");
    for (what, old, new, due) in [
        ("kernel arguments", String::new(), kernel.clone(), ["master none", "worker reboot"]),
        (
            "a drop-in",
            String::new(),
            machine_config("50-a", "worker", &file("/etc/containers/registries.conf.d/50.conf", "a")),
            ["master none", "worker reboot"],
        ),
        (
            "a file elsewhere",
            machine_config("50-a", "master", &file("/etc/motd", "a")),
            machine_config("50-a", "master", &file("/etc/motd", "b")),
            ["master reboot", "worker none"],
        ),
        (
            "the same file",
            machine_config("50-a", "master", &file("/etc/motd", "a")),
            machine_config("51-b", "master", &file("/etc/motd", "a")),
            ["master none", "worker none"],
        ),
        (
            "signatures",
            String::new(),
            machine_config("50-a", "worker", &file("/etc/containers/registries.d/a.yaml", "a")),
            ["master none", "worker reload"],
        ),
        (
            "credential providers",
            String::new(),
            machine_config("50-a", "worker", &file("/etc/kubernetes/credential-providers/ecr.yaml", "a")),
            ["master none", "worker reboot"],
        ),
        (
            "what the operator generated",
            String::new(),
            kernel.replace("50-kernel", "rendered-worker-0123456789abcdef"),
            ["master none", "worker none"],
        ),
    ] {
        let (old, new) = (image("") + &old, image("") + &new);
        assert_eq!(Change::of(&old, &new).pools(), due, "{what}");
    }
}

#[test]
fn credential_providers_restart_the_kubelet_since_their_release() {
    let path = "/etc/kubernetes/credential-providers/ecr.yaml";
    let old = image("");
    let new = image("") + &machine_config("50-a", "worker", &file(path, "a"));
    for (openshift, due) in [
        ("4.16", "worker reboot"),
        ("4.21", "worker reboot"),
        ("4.22", "worker restart"),
        ("5.0", "worker restart"),
    ] {
        let change = Change { openshift, ..Change::of(&old, &new) };
        assert_eq!(change.pools(), ["master none", due], "{openshift}");
    }
}

#[test]
fn a_pool_takes_what_its_selector_names() {
    let infra = pool(
        "infra",
        "machineConfigSelector: {matchExpressions: [{key: machineconfiguration.openshift.io/role, operator: In, values: [worker, infra]}]}",
    );
    let config = |role: &str| machine_config("50-a", role, "kernelType: realtime");
    let of = |role: &str, pool: &str| {
        let (old, new) = (image("") + pool, image("") + pool + &config(role));
        Change::of(&old, &new).pools()
    };
    assert_eq!(of("worker", &infra), ["infra reboot", "master none", "worker reboot"]);
    assert_eq!(of("infra", &infra), ["infra reboot", "master none", "worker none"]);
    // Without a pool in the repository its nodes get those of workers, too.
    assert_eq!(of("infra", ""), ["infra reboot", "master none", "worker none"]);
    let only = pool(
        "infra",
        "machineConfigSelector: {matchLabels: {machineconfiguration.openshift.io/role: infra}}",
    );
    assert_eq!(of("worker", &only), ["infra none", "master none", "worker reboot"]);
}

#[test]
fn a_registries_conf_of_ones_own_is_compared_like_the_operators() {
    let own = |text: &str| machine_config("99-zz", "worker", &file("/etc/containers/registries.conf", text));
    let entry = |mirrors: &str| {
        format!(
            "[[registry]]%0Alocation%3D\"quay.io\"%0A[[registry.mirror]]%0Alocation%3D\"m.corp\"%0Apull-from-mirror%3D\"{mirrors}\"%0A"
        )
    };
    for (old, new, due) in [
        (entry("digest-only"), entry("tag-only"), "worker drain"),
        (entry("tag-only"), entry("digest-only"), "worker reload"),
        (entry("digest-only"), String::new(), "worker drain"),
    ] {
        let (old, new) = (image("") + &own(&old), image("") + &own(&new));
        assert_eq!(Change::of(&old, &new).pools(), ["master none", due]);
    }
    // The nodes of a pool without a role of its own are workers, unless its selector says otherwise.
    let states = [entry("digest-only"), entry("tag-only")].map(|text| image("") + &own(&text));
    for (selector, due) in [
        ("", "infra drain"),
        (
            "machineConfigSelector: {matchLabels: {machineconfiguration.openshift.io/role: infra}}",
            "infra none",
        ),
    ] {
        let [old, new] = states.each_ref().map(|text| text.clone() + &pool("infra", selector));
        assert_eq!(Change::of(&old, &new).pools(), [due, "master none", "worker drain"]);
    }
    // Two files that a pool selects by a label of its own.
    let labelled = |text: &str| own(text).replace("openshift.io/role: worker", "openshift.io/role: special");
    let select = pool(
        "infra",
        "machineConfigSelector: {matchLabels: {machineconfiguration.openshift.io/role: special}}",
    );
    let states = [entry("digest-only"), entry("tag-only")].map(|text| image("") + &select + &labelled(&text));
    let [old, new] = &states;
    assert_eq!(Change::of(old, new).pools()[0], "infra drain");
    assert_eq!(Change::of(new, old).pools()[0], "infra reload");
    // What the operator makes does not reach these nodes.
    let (old, new) = (image("") + &own("a"), image("insecureRegistries: [a.corp]") + &own("a"));
    assert_eq!(Change::of(&old, &new).pools(), ["master drain", "worker none"]);
}

#[test]
fn policies_of_users_hold_for_what_is_below_their_path() {
    let change = |policy: &str, path: &str| {
        let policy = policies(policy);
        let (old, new) =
            (image("") + &policy, image("") + &policy + &machine_config("50-a", "worker", &file(path, "a")));
        Change::of(&old, &new).pools()[1].clone()
    };
    let restart = "{path: /etc/app, actions: [{type: Restart, restart: {serviceName: app.service}}]}";
    assert_eq!(change(restart, "/etc/app/a/b.conf"), "worker restart");
    assert_eq!(change(restart, "/etc/apple"), "worker reboot");
    assert_eq!(change("{path: /etc/app, actions: [{type: None}]}", "/etc/app/a"), "worker none");
    assert_eq!(change("{path: /etc/app, actions: [{type: DaemonReload}]}", "/etc/app/a"), "worker reload");
    assert_eq!(change("{path: /etc/app, actions: [{type: Explode}]}", "/etc/app/a"), "worker reboot");
}

#[test]
fn certificates_and_credentials_disturb_nobody() {
    let certificate = |text: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cas, namespace: openshift-config}}\ndata:\n  registry.corp..5000: |\n    -----BEGIN CERTIFICATE-----\n    {text}\n    -----END CERTIFICATE-----\n"
        )
    };
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\nspec: {additionalTrustedCA: {name: cas}}\n";
    let (old, new) = (image.to_owned() + &certificate("YQ=="), image.to_owned() + &certificate("Yg=="));
    let json = Change::of(&old, &new).json();
    let cluster = &json["clusters"][0];
    assert_eq!(
        (&cluster["outcome"], &cluster["entries"][0]["file"]),
        (&"none".into(), &"/etc/docker/certs.d/registry.corp:5000/ca.crt".into())
    );
    let secret = |auth: &str| {
        format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: pull-secret, namespace: openshift-config}}\ntype: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: '{{\"auths\":{{\"quay.io\":{{\"auth\":\"{auth}\"}}}}}}'\n"
        )
    };
    let (old, new) = (
        image.to_owned() + &secret("cm9ib3Q6WGsyOWZMcThQelI0dEI3dw=="),
        image.to_owned() + &secret("cm9ib3Q6UXc4M25WZDVMbUsyc1k5Yw=="),
    );
    let json = Change::of(&old, &new).json();
    let pool = &json["clusters"][0]["pools"][1];
    assert_eq!(pool["diff_files"], serde_json::json!(["/var/lib/kubelet/config.json"]));
    assert_eq!((&pool["outcome"], &pool["actions"]), (&"none".into(), &serde_json::json!(["None"])));
}

#[test]
fn a_pool_that_loses_its_own_files_pulls_like_workers() {
    let blocks = |name: &str, role: &str, registry: &str| {
        let text = format!("[[registry]]%0Alocation%3D\"{registry}\"%0Ablocked%3Dtrue%0A");
        machine_config(name, role, &file("/etc/containers/registries.conf", &text))
    };
    let workers = image("") + &blocks("99-zz", "worker", "docker.io");
    let old = workers.clone() + &blocks("99-zzz", "infra", "ghcr.io");
    let change = Change {
        images: vec!["docker.io/acme/app:v1".into(), "ghcr.io/acme/app:v1".into()],
        ..Change::of(&old, &workers)
    };
    let json = change.json();
    let images = json["clusters"][0]["images"].as_array().expect("images").iter();
    let said: Vec<String> =
        images.map(|it| format!("{} {} {}", it["image"], it["what"], it["pools"])).collect();
    assert_eq!(
        said,
        [r#""docker.io/acme/app:v1" "cut-off" ["infra"]"#, r#""ghcr.io/acme/app:v1" "freed" ["infra"]"#]
    );
}

#[test]
fn a_single_node_is_known_by_what_installs_it() {
    let site = |kind: &str| {
        format!(
            "apiVersion: siteconfig.open-cluster-management.io/v1alpha1\nkind: ClusterInstance\nmetadata: {{name: edge, namespace: edge}}\nspec: {{clusterName: edge, clusterType: {kind}}}\n"
        )
    };
    let (old, new) = (image(""), image(BLOCKED));
    for (kind, due) in [("SNO", "reload"), ("HighlyAvailable", "drain")] {
        let site = site(kind);
        let change = Change {
            old: vec![("clusters/edge/image.yaml", &old), ("sites/edge.yaml", &site)],
            new: vec![("clusters/edge/image.yaml", &new), ("sites/edge.yaml", &site)],
            ..Change::of("", "")
        };
        assert_eq!(change.json()["clusters"][0]["outcome"], due, "{kind}");
    }
    let change = Change { config: "topology: single-node\n", ..Change::of(&old, &new) };
    assert_eq!(change.json()["outcome"], "reload");
}

#[test]
fn hosted_clusters_replace_their_machines_or_change_them_in_place() {
    let cluster = |image: &str| {
        format!(
            "---\napiVersion: hypershift.openshift.io/v1beta1\nkind: HostedCluster\nmetadata: {{name: guest, namespace: clusters}}\nspec:\n  configuration: {{image: {{{image}}}}}\n"
        )
    };
    let pool = |management: &str, more: &str| {
        format!(
            "---\napiVersion: hypershift.openshift.io/v1beta1\nkind: NodePool\nmetadata: {{name: guest-a, namespace: clusters}}\nspec: {{clusterName: guest, replicas: 3, management: {{{management}}}{more}}}\n"
        )
    };
    let blocked = "registrySources: {blockedRegistries: [docker.io]}";
    let import = "allowedRegistriesForImport: [{domainName: quay.io}]";
    let search = "registrySources: {containerRuntimeSearchRegistries: [quay.io]}";
    let replace = pool("upgradeType: Replace", "");
    let in_place = pool("upgradeType: InPlace", "");
    let waits = pool("upgradeType: Replace, replace: {strategy: OnDelete}", "");
    let paused = pool("upgradeType: InPlace", ", pausedUntil: 'true'");
    for (pool, to, due) in [
        (&replace, blocked, "guest-a reboot"),
        (&replace, import, "guest-a reboot"),
        (&in_place, blocked, "guest-a drain"),
        (&in_place, import, "guest-a none"),
        (&in_place, search, "guest-a reboot"),
        (&waits, blocked, "guest-a held"),
        (&paused, blocked, "guest-a held"),
    ] {
        let (old, new) = (cluster("") + pool, cluster(to) + pool);
        assert_eq!(Change::of(&old, &new).pools(), [due], "{to} {pool}");
    }
    let (old, new) = (cluster("") + &replace, cluster(import) + &replace);
    let json = Change::of(&old, &new).json();
    let field = &json["clusters"][0]["pools"][0]["replaced"][0]["field"];
    assert_eq!(field, "spec.configuration.image");
}

#[test]
fn equal_clusters_are_one_block_and_renamed_ones_are_known() {
    let (old, new) = (image(""), image(BLOCKED));
    let names: Vec<String> =
        (0..14).map(|number| format!("clusters/c{number:02}/kustomization.yaml")).collect();
    let root = "resources: [../../base, pod.yaml]\n";
    let base = ("base/kustomization.yaml", "resources: [image.yaml]\n");
    let pods: Vec<String> = (0..14).map(|number| format!("clusters/c{number:02}/pod.yaml")).collect();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'docker.io/a/b:v1'}]}\n";
    let of = |image| -> Vec<(&str, &str)> {
        let roots = names.iter().map(|name| (name.as_str(), root));
        let pods = pods.iter().map(|name| (name.as_str(), pod));
        roots.chain(pods).chain([base, ("base/image.yaml", image)]).collect()
    };
    let change = Change { old: of(&old), new: of(&new), ..Change::of("", "") };
    let text = change.text();
    assert!(text.starts_with("14 clusters: every node is drained\n  because `docker.io` is blocked, by a new entry without mirrors\n"), "{text}");
    assert_eq!(text.matches("is blocked").count(), 1, "{text}");
    assert!(
        text.contains("`docker.io/a/b:v1` can no longer be pulled (in 1 place), by\n      base/image.yaml:7"),
        "{text}"
    );
    assert!(text.contains("\n  clusters: c00, c01, "), "{text}");
    let renamed = Change {
        old: vec![("clusters/a/image.yaml", &old), ("clusters/b/image.yaml", &new)],
        new: vec![("clusters/a/image.yaml", &old), ("clusters/z/image.yaml", &new)],
        ..Change::of("", "")
    };
    let json = renamed.json();
    let clusters = json["clusters"].as_array().expect("clusters");
    assert_eq!(clusters.len(), 2, "{json}");
    assert_eq!(clusters[1]["renamed_from"], "b", "{json}");
    let goes = Change {
        old: vec![("clusters/a/image.yaml", &old), ("clusters/b/image.yaml", &new)],
        new: vec![("clusters/a/image.yaml", &old), ("clusters/c/image.yaml", &old)],
        ..Change::of("", "")
    };
    let json = goes.json();
    let said: Vec<_> = json["clusters"]
        .as_array()
        .expect("clusters")
        .iter()
        .map(|it| (&it["cluster"], &it["presence"], &it["outcome"]))
        .collect();
    assert_eq!(
        said,
        [
            (&"b".into(), &"removed".into(), &"drain".into()),
            (&"a".into(), &"changed".into(), &"none".into()),
            (&"c".into(), &"added".into(), &"none".into())
        ]
    );
}

#[test]
fn images_are_cut_off_freed_or_pulled_from_elsewhere() {
    let pods = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: app}\nspec:\n  containers:\n  - {name: a, image: docker.io/acme/app:v1}\n  - {name: b, image: 'quay.io/acme/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}\n";
    let old = image("blockedRegistries: [ghcr.io]") + pods;
    let new = image(BLOCKED) + &mirrors("ImageDigestMirrorSet", "m", "quay.io/acme", "m.corp/acme") + pods;
    let change = Change { images: vec!["ghcr.io/acme/tool:v1".into()], ..Change::of(&old, &new) };
    let json = change.json();
    let images = json["clusters"][0]["images"].as_array().expect("images");
    let said: Vec<String> = images
        .iter()
        .map(|it| {
            format!(
                "{} {} {}",
                it["what"].as_str().expect("a word"),
                it["image"].as_str().expect("a name"),
                it["by"].as_str().expect("a word")
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "cut-off docker.io/acme/app:v1 workload",
            "elsewhere quay.io/acme/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa workload",
            "freed ghcr.io/acme/tool:v1 asked"
        ]
    );
    let text = change.text();
    assert!(
        text.contains("`docker.io/acme/app:v1` can no longer be pulled (a.yaml:23), by a.yaml:7"),
        "{text}"
    );
}

#[test]
fn only_what_planning_has_proven_is_called_gentler() {
    let icsp = |name: &str| mirrors("ImageContentSourcePolicy", name, "quay.io/acme", "m.corp/acme");
    let idms = |list: &str| mirrors("ImageDigestMirrorSet", "m", "quay.io/acme", list);
    let ways = |old: &str, new: &str| -> Vec<String> {
        let json = Change::of(old, new).json();
        let ways = json["clusters"][0]["gentler"].as_array().expect("ways").iter();
        let steps = |way: &Value| -> Vec<String> {
            let steps = way["steps"].as_array().expect("steps").iter();
            steps.map(|step| step["outcome"].as_str().expect("a word").to_owned()).collect()
        };
        ways.map(|way| format!("{}: {}", way["way"].as_str().expect("a word"), steps(way).join(", ")))
            .collect()
    };
    let empty = image("");
    assert_eq!(ways(&(icsp("a") + &empty), &empty), ["successor-first: none, none"]);
    assert_eq!(
        ways(&(idms("a.corp, b.corp") + &empty), &(idms("b.corp") + &empty)),
        ["keep-old: none, drain"]
    );
    assert_eq!(ways(&(idms("a.corp") + &empty), &(idms("b.corp") + &empty)), ["keep-old: reload, drain"]);
    assert_eq!(ways(&empty, &image("containerRuntimeSearchRegistries: [a.corp]")), ["policy: none, reload"]);
    // Nothing is gentler than these.
    assert_eq!(ways(&empty, &image(BLOCKED)), [""; 0]);
    assert_eq!(ways(&(icsp("a") + &empty), &(icsp("a") + &image(BLOCKED))), [""; 0]);
    assert_eq!(ways(&(idms("a.corp") + &empty), &(idms("a.corp, b.corp") + &empty)), [""; 0]);
}

#[test]
fn the_worst_stands_in_the_first_lines() {
    let (old, new) = (
        mirrors("ImageDigestMirrorSet", "m", "quay.io/acme", "a.corp/acme, b.corp/acme"),
        mirrors("ImageDigestMirrorSet", "m", "quay.io/acme", "a.corp/acme"),
    );
    let due = "\
the cluster: every node is drained
  because `quay.io/acme` loses the mirror `b.corp/acme` (before: a.yaml:9)
  On the nodes:
    /etc/containers/registries.conf: `crio.service` reloads, after a drain
      - `quay.io/acme`: mirror `b.corp/acme` (before: a.yaml:9)
  Gentler:
    1. keep the entries of `ImageDigestMirrorSet/m` beside the new ones: nothing
       happens on the nodes
    2. remove them together with a change that drains anyway: every node is
       drained
";
    assert_eq!(Change::of(&old, &new).text(), due);
}

#[test]
fn the_table_of_old_releases_looks_no_further_than_the_directory() {
    let signatures = |path: &str| machine_config("50-a", "worker", &file(path, "a"));
    let of = |openshift, path: &str| {
        let (old, new) = (image(""), image("") + &signatures(path));
        Change { openshift, ..Change::of(&old, &new) }.pools()[1].clone()
    };
    assert_eq!(of("4.16", "/etc/containers/registries.d/a.yaml"), "worker reload");
    assert_eq!(of("4.16", "/etc/containers/registries.d/a/b.yaml"), "worker reboot");
    assert_eq!(of("4.18", "/etc/containers/registries.d/a/b.yaml"), "worker reload");
    assert_eq!(of("4.16", "/etc/crio/policies/a.json"), "worker reboot");
    assert_eq!(of("4.18", "/etc/nmstate/openshift/a.yml"), "worker none");
    let ca = "/etc/pki/ca-trust/source/anchors/openshift-config-user-ca-bundle.crt";
    assert_eq!(of("4.16", ca), "worker restart");
    assert_eq!(of("4.18", ca), "worker restart");
}

/// What `pullwarden plan` says with these arguments.
fn run(args: &[&str]) -> Result<String, String> {
    let mut out = Vec::new();
    pullwarden::program::run(&[&["pullwarden", "plan"], args].concat(), &mut out)?;
    Ok(String::from_utf8(out).expect("UTF-8"))
}

/// What one state touches says nothing of what the other does.
#[test]
fn each_directory_is_read_with_the_whole_configuration() {
    let directory = std::env::temp_dir().join(format!("pullwarden-plan-sides-{}", std::process::id()));
    let write = |name: &str, text: &str| {
        let path = directory.join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(&path, text).expect("a file");
    };
    let config = "clusters:\n  alpha: {paths: all/a/**}\n  beta: {paths: all/b/**}\n\
                  render:\n- {root: all/a, command: [none]}\n";
    for name in ["old/.pullwarden.yaml", "new/.pullwarden.yaml"] {
        write(name, config);
    }
    write("old/all/a/image.yaml", &image(""));
    write("new/all/a/image.yaml", &image(""));
    write("new/all/b/image.yaml", &image(BLOCKED));
    let path = |name: &str| directory.join(name).to_string_lossy().into_owned();
    let (old, new) = (path("old/all"), path("new/all"));
    let said =
        run(&["--old", &old, "--new", &new, "--openshift", "4.20", "--format", "json"]).expect("a plan");
    let json: Value = serde_json::from_str(&said).expect("JSON");
    let names: Vec<&Value> =
        json["clusters"].as_array().expect("clusters").iter().map(|it| &it["cluster"]).collect();
    assert_eq!(names, ["beta", "alpha"]);
    assert_eq!(json["not_read"].as_array().map(Vec::len), Some(1), "{json}");
    std::fs::remove_dir_all(&directory).expect("the directory");
}

#[test]
fn states_that_cannot_be_told_are_an_error_or_are_said() {
    let directory = std::env::temp_dir().join(format!("pullwarden-plan-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let write = |name: &str, text: &str| {
        let path = directory.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let broken =
        write("old.yaml", &(image("") + "---\nkind: Image\napiVersion: config.openshift.io/v1\n a: [\n"));
    let new = write("new.yaml", &image(BLOCKED));
    let said = run(&["--old", &broken, "--new", &new, "--openshift", "4.20"]).expect("a plan");
    assert!(
        said.starts_with("the cluster: every node is drained\n  because `docker.io` is blocked"),
        "{said}"
    );
    assert!(said.contains("before this change, not read: old.yaml:"), "{said}");
    let error = run(&["--old", "-", "--new", "-"]).expect_err("an error");
    assert!(error.starts_with("standard input cannot hold both states"), "{error}");
    let error = run(&["--old", &broken, "--new", "-", "--images", "-"]).expect_err("an error");
    assert!(error.starts_with("standard input cannot hold both a state and the images"), "{error}");
    let error = run(&["--old", "/nowhere/at/all", "--new", &new]).expect_err("an error");
    assert!(error.contains("/nowhere/at/all"), "{error}");
    let error = run(&["--old", &broken, "--new", &new, "--cluster", "nobody"]).expect_err("an error");
    assert!(error.contains("there is no cluster `nobody`"), "{error}");
    let names: Vec<_> = std::fs::read_dir(&directory).expect("the directory").collect();
    assert_eq!(names.len(), 2, "nothing is written");
    std::fs::remove_dir_all(&directory).expect("the directory");
}

/// Whoever removes a file often forgets the kustomization that names it.
#[test]
fn a_kustomization_that_cannot_be_built_is_no_cluster_that_is_gone() {
    let (icsp, empty) = (mirrors("ImageDigestMirrorSet", "i", "quay.io/acme", "m.corp/acme"), image(""));
    let root = ("clusters/prod/kustomization.yaml", "resources:\n- image.yaml\n- idms.yaml\n");
    let kept = ("clusters/prod/image.yaml", empty.as_str());
    let other = ("clusters/test/image.yaml", empty.as_str());
    let whole = vec![root, kept, ("clusters/prod/idms.yaml", &icsp)];
    for (others, count) in [(&[][..], 1), (&[other][..], 2)] {
        let (old, new) = ([&whole, others].concat(), [&[root, kept], others].concat());
        let breaks = Change { old: old.clone(), new: new.clone(), ..Change::of("", "") };
        let text = breaks.text();
        assert!(text.contains("prod: unknown, since a kustomization cannot be built\n  `kustomize build` of `clusters/prod` stops now: there is no file `idms.yaml`\n    (clusters/prod/kustomization.yaml:3); what its nodes get is not known\n"), "{text}");
        let json = breaks.json();
        assert_eq!(json["clusters"].as_array().map(Vec::len), Some(count), "{json}");
        assert_eq!(json["clusters"][0]["outcome"], "unknown", "{json}");
        assert_eq!(json["clusters"][0]["presence"], "changed", "{json}");
        assert_eq!(json["clusters"][0]["unbuilt"]["state"], "new", "{json}");
        let sarif: Value = serde_json::from_str(&breaks.report(PlanFormat::Sarif)).expect("JSON");
        assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(0), "{sarif}");
        let page = breaks.report(PlanFormat::Markdown);
        assert!(page.contains("### 1 cluster: unknown, see below\n"), "{page}");
        assert!(page.contains("| `prod` | unknown, since a kustomization cannot be built |"), "{page}");
        // A change that mends it says what it was.
        let mends = Change { old: new, new: old, ..Change::of("", "") };
        assert!(
            mends.text().contains("stopped before: there is no file\n    `idms.yaml`"),
            "{}",
            mends.text()
        );
        assert_eq!(mends.json()["clusters"][0]["unbuilt"]["state"], "old");
    }
}
