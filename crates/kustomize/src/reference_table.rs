//! The fields in which Kubernetes' own kinds refer to others by name (kustomize's `namereference.go`).

use crate::fields::{FieldSpec, POD_TEMPLATE, PODS};
use crate::references::Reference;
use crate::resource::Gvk;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// A kind, and the fields in which pods name it.
const IN_PODS: [(&str, &[&str]); 5] = [
    (
        "v1/ConfigMap",
        &[
            "volumes/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
            "volumes/projected/sources/configMap/name",
        ],
    ),
    (
        "v1/Secret",
        &[
            "volumes/secret/secretName",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
            "volumes/projected/sources/secret/name",
        ],
    ),
    ("v1/ServiceAccount", &["serviceAccountName"]),
    ("v1/PersistentVolumeClaim", &["volumes/persistentVolumeClaim/claimName"]),
    ("scheduling.k8s.io/v1/PriorityClass", &["priorityClassName"]),
];

/// A kind, the kind that names it, and the field.
const ELSEWHERE: [(&str, &str, &str); 27] = [
    ("Deployment", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("ReplicationController", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("ReplicaSet", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("StatefulSet", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("v1/ConfigMap", "Node", "spec/configSource/configMap"),
    ("v1/ConfigMap", "Role", "rules/resourceNames"),
    ("v1/ConfigMap", "ClusterRole", "rules/resourceNames"),
    ("v1/Secret", "Ingress", "spec/tls/secretName"),
    ("v1/Secret", "ServiceAccount", "imagePullSecrets/name"),
    ("v1/Secret", "Role", "rules/resourceNames"),
    ("v1/Secret", "ClusterRole", "rules/resourceNames"),
    ("v1/Service", "apps/StatefulSet", "spec/serviceName"),
    ("v1/Service", "Ingress", "spec/rules/http/paths/backend/serviceName"),
    ("v1/Service", "Ingress", "spec/rules/http/paths/backend/service/name"),
    ("v1/Service", "Ingress", "spec/defaultBackend/service/name"),
    ("v1/Service", "apiregistration.k8s.io/APIService", "spec/service/name"),
    ("v1/Service", "ValidatingWebhookConfiguration", "webhooks/clientConfig/service"),
    ("v1/Service", "MutatingWebhookConfiguration", "webhooks/clientConfig/service"),
    ("v1/Service", "HTTPRoute", "spec/rules/backendRefs/name"),
    ("rbac.authorization.k8s.io//Role", "RoleBinding", "roleRef/name"),
    ("rbac.authorization.k8s.io//ClusterRole", "RoleBinding", "roleRef/name"),
    ("rbac.authorization.k8s.io//ClusterRole", "ClusterRoleBinding", "roleRef/name"),
    ("v1/ServiceAccount", "RoleBinding", "subjects"),
    ("v1/ServiceAccount", "ClusterRoleBinding", "subjects"),
    ("v1/PersistentVolume", "PersistentVolumeClaim", "spec/volumeName"),
    ("storage.k8s.io/v1/StorageClass", "PersistentVolumeClaim", "spec/storageClassName"),
    ("networking.k8s.io//IngressClass", "Ingress", "spec/ingressClassName"),
];

/// A field of a kind, and the kind of the named object.
pub(crate) type Naming = (FieldSpec, Gvk);

/// The built-in references of kustomize, by the referring kind, in the order of the tables above.
static BY_REFERRER: LazyLock<HashMap<Arc<str>, Vec<Naming>>> = LazyLock::new(|| {
    let mut found: HashMap<Arc<str>, Vec<Naming>> = HashMap::new();
    for reference in builtin() {
        for field in reference.fields {
            found.entry(field.gvk.kind.clone()).or_default().push((field, reference.to.clone()));
        }
    }
    found
});

/// The built-in references of one kind.
pub(crate) fn of(kind: &str) -> &'static [Naming] {
    BY_REFERRER.get(kind).map_or(&[], Vec::as_slice)
}

fn builtin() -> Vec<Reference> {
    let in_pods = IN_PODS.iter().map(|(to, paths)| {
        let fields = PODS.iter().chain([&POD_TEMPLATE]).flat_map(|(kind, at)| {
            paths.iter().map(move |path| FieldSpec::new(kind, &format!("{at}/{path}"), false))
        });
        Reference { to: gvk(to), fields: fields.collect() }
    });
    let elsewhere = ELSEWHERE
        .iter()
        .map(|(to, kind, path)| Reference { to: gvk(to), fields: vec![FieldSpec::new(kind, path, false)] });
    in_pods.chain(elsewhere).collect()
}

/// `group/version/kind`, of which only the kind is required.
fn gvk(text: &str) -> Gvk {
    let mut parts = text.rsplitn(3, '/');
    let kind = parts.next().unwrap_or_default().into();
    let version = parts.next().unwrap_or_default().to_owned();
    Gvk { group: parts.next().unwrap_or_default().to_owned(), version, kind }
}
