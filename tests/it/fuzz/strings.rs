//! Texts in texts: drop-ins in TOML, base64, packed files, JSON in annotations and in pull secrets, certificates.

use super::{Files, Random, is_sound, mutated, run};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Write;

const TOML: &str = "unqualified-search-registries = [\"quay.io\", 'docker.io']\nshort-name-mode = \"enforcing\"\n\
    [[registry]]\nprefix = \"*.example.com\"\nlocation = \"a.example/b\"\ninsecure = true\nblocked = false\n\
    mirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"m.example:5000/b\"\npull-from-mirror = \"digest-only\"\n\
    [aliases]\n\"a\" = '''b'''\n";
const JSON: &str = "{\"auths\":{\"quay.io\":{\"auth\":\"YTpi\",\"email\":\"x\"}},\"overrides\":[{\"source\":\"quay.io/a\",\
    \"mirrors\":[\"m.example/a\"]}],\"default\":[{\"type\":\"insecureAcceptAnything\"}],\"transports\":{\"docker\":{}}}";
const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIBhTCCASugAwIBAgIQIRi6zePL6mKjOipn+dNuaTAKBggqhkjOPQQDAjASMRAw\n\
    DgYDVQQKEwdBY21lIENvMB4XDTE3MTAyMDE5NDMwNloXDTE4MTAyMDE5NDMwNlow\n-----END CERTIFICATE-----\n";

#[test]
fn random_texts_inside_of_manifests_harm_nothing() {
    run("strings", 100, make, is_sound);
}

fn make(random: &mut Random) -> Files {
    let inner = *random.pick(&[TOML, JSON, PEM, "a: b\n"]);
    let inner = mutated(random, inner);
    let encoded = encoded(random, &inner);
    let quoted = serde_json::to_string(&inner).expect("a string");
    let path = *random.pick(&[
        "/etc/containers/registries.conf.d/99-x.conf",
        "/etc/containers/registries.conf",
        "/etc/containers/policy.json",
        "/etc/containers/registries.d/x.yaml",
    ]);
    let text = match random.below(7) {
        0 => format!(
            "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\nmetadata:\n  name: 99-x\n  labels: \
             {{machineconfiguration.openshift.io/role: worker}}\nspec:\n  config:\n    ignition: {{version: 3.2.0}}\n    storage:\n      \
             files:\n      - path: {path}\n        overwrite: true\n        contents: {encoded}\n"
        ),
        1 => format!(
            "variant: openshift\nversion: 4.14.0\nmetadata: {{name: x, labels: {{machineconfiguration.openshift.io/role: \
             master}}}}\nstorage:\n  files:\n  - path: {path}\n    contents:\n      inline: {quoted}\n"
        ),
        2 => format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: pull-secret, namespace: openshift-config}}\ndata:\n  \
             .dockerconfigjson: {}\nstringData:\n  .dockerconfigjson: {quoted}\n",
            STANDARD.encode(&inner)
        ),
        3 => format!(
            "apiVersion: v1\nbaseDomain: a.example\nmetadata: {{name: x}}\npullSecret: {quoted}\nadditionalTrustBundle: {quoted}\n"
        ),
        4 => format!(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: cluster}}\nspec: {{additionalTrustedCA: {{name: \
             cas}}}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cas, namespace: openshift-config}}\ndata: {{a.example: \
             {quoted}, b.example..5000: {quoted}}}\n"
        ),
        5 => format!(
            "apiVersion: extensions.hive.openshift.io/v1beta1\nkind: AgentClusterInstall\nmetadata:\n  name: a\n  annotations:\n    \
             agent-install.openshift.io/install-config-overrides: {quoted}\nspec: {{clusterDeploymentRef: {{name: a}}}}\n"
        ),
        _ => format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: openshift-config}}\ndata:\n  config: {quoted}\n  \
             registries.conf: {quoted}\n  idms.yaml: {quoted}\n"
        ),
    };
    let text = if random.one_in(5) { mutated(random, &text) } else { text };
    vec![("a.yaml".to_owned(), text.into_bytes())]
}

/// The contents of a file of a `MachineConfig`.
fn encoded(random: &mut Random, text: &str) -> String {
    let mut data = STANDARD.encode(text);
    if random.one_in(4) {
        data = mutated(random, &data).replace(['\n', '"', '\\'], "");
    }
    match random.below(4) {
        0 => format!("{{source: \"data:;base64,{data}\"}}"),
        1 => {
            let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            zip.write_all(text.as_bytes()).expect("memory");
            let mut packed = zip.finish().expect("memory");
            if random.one_in(2) && !packed.is_empty() {
                let at = random.below(packed.len());
                packed[at] ^= 1 << random.below(8);
            }
            format!("{{compression: gzip, source: \"data:;base64,{}\"}}", STANDARD.encode(packed))
        }
        2 => {
            let plain: String = text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
            format!("{{source: \"data:,{plain}\"}}")
        }
        _ => format!("{{inline: {}}}", serde_json::to_string(text).expect("a string")),
    }
}
