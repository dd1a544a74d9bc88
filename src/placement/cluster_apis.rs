//! What `.Capabilities.APIVersions` has on an OpenShift cluster. Argo CD passes each version, and each version with each of
//! its kinds (argo-cd `controller/cache/info.go`, `GetAPIResources`); Helm asks a cluster for the same list.

use helm::Capabilities;

/// The API versions of Kubernetes and OpenShift, each with its kinds.
const SERVED: &str = "
v1 Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod \
 PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding \
 ValidatingWebhookConfiguration
apiextensions.k8s.io/v1 CustomResourceDefinition
apiregistration.k8s.io/v1 APIService
apps/v1 ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
authentication.k8s.io/v1 SelfSubjectReview TokenReview
authorization.k8s.io/v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
autoscaling/v1 HorizontalPodAutoscaler
autoscaling/v2 HorizontalPodAutoscaler
batch/v1 CronJob Job
certificates.k8s.io/v1 CertificateSigningRequest
coordination.k8s.io/v1 Lease
discovery.k8s.io/v1 EndpointSlice
events.k8s.io/v1 Event
networking.k8s.io/v1 Ingress IngressClass NetworkPolicy
node.k8s.io/v1 RuntimeClass
policy/v1 PodDisruptionBudget
rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding
scheduling.k8s.io/v1 PriorityClass
storage.k8s.io/v1 CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment
apps.openshift.io/v1 DeploymentConfig
authorization.openshift.io/v1 ClusterRole ClusterRoleBinding LocalResourceAccessReview LocalSubjectAccessReview \
 ResourceAccessReview Role RoleBinding RoleBindingRestriction SelfSubjectRulesReview SubjectAccessReview SubjectRulesReview
build.openshift.io/v1 Build BuildConfig
config.openshift.io/v1 APIServer Authentication Build ClusterImagePolicy ClusterOperator ClusterVersion Console DNS \
 FeatureGate Image ImageContentPolicy ImageDigestMirrorSet ImagePolicy ImageTagMirrorSet Infrastructure Ingress Network Node \
 OAuth OperatorHub Project Proxy Scheduler
console.openshift.io/v1 ConsoleCLIDownload ConsoleExternalLogLink ConsoleLink ConsoleNotification ConsolePlugin \
 ConsoleQuickStart ConsoleSample ConsoleYAMLSample
helm.openshift.io/v1beta1 HelmChartRepository ProjectHelmChartRepository
image.openshift.io/v1 Image ImageSignature ImageStream ImageStreamImage ImageStreamImport ImageStreamMapping ImageStreamTag \
 ImageTag
imageregistry.operator.openshift.io/v1 Config ImagePruner
ingress.operator.openshift.io/v1 DNSRecord
machine.openshift.io/v1 ControlPlaneMachineSet
machine.openshift.io/v1beta1 Machine MachineHealthCheck MachineSet
machineconfiguration.openshift.io/v1 ContainerRuntimeConfig ControllerConfig KubeletConfig MachineConfig MachineConfigNode \
 MachineConfigPool MachineOSBuild MachineOSConfig PinnedImageSet
monitoring.coreos.com/v1 Alertmanager PodMonitor Probe Prometheus PrometheusRule ServiceMonitor ThanosRuler
monitoring.coreos.com/v1beta1 AlertmanagerConfig
network.operator.openshift.io/v1 EgressRouter OperatorPKI
oauth.openshift.io/v1 OAuthAccessToken OAuthAuthorizeToken OAuthClient OAuthClientAuthorization UserOAuthAccessToken
operator.openshift.io/v1 Authentication CSISnapshotController CloudCredential ClusterCSIDriver Config Console DNS Etcd \
 IngressController InsightsOperator KubeAPIServer KubeControllerManager KubeScheduler KubeStorageVersionMigrator \
 MachineConfiguration Network OpenShiftAPIServer OpenShiftControllerManager ServiceCA Storage
operator.openshift.io/v1alpha1 ImageContentSourcePolicy
operators.coreos.com/v1 OLMConfig Operator OperatorCondition OperatorGroup
operators.coreos.com/v1alpha1 CatalogSource ClusterServiceVersion InstallPlan Subscription
operators.coreos.com/v2 OperatorCondition
project.openshift.io/v1 Project ProjectRequest
quota.openshift.io/v1 AppliedClusterResourceQuota ClusterResourceQuota
route.openshift.io/v1 Route
samples.operator.openshift.io/v1 Config
security.openshift.io/v1 PodSecurityPolicyReview PodSecurityPolicySelfSubjectReview PodSecurityPolicySubjectReview \
 RangeAllocation SecurityContextConstraints
template.openshift.io/v1 BrokerTemplateInstance Template TemplateInstance
tuned.openshift.io/v1 Profile Tuned
user.openshift.io/v1 Group Identity User UserIdentityMapping";

/// The capabilities of an OpenShift cluster, for `.Capabilities` in charts.
pub(super) fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::default();
    for line in SERVED.lines() {
        let mut words = line.split_whitespace();
        let Some(version) = words.next() else { continue };
        capabilities.api_versions.insert(version.to_owned());
        capabilities.api_versions.extend(words.map(|kind| format!("{version}/{kind}")));
    }
    capabilities
}

#[cfg(test)]
mod tests {
    use super::capabilities;
    use crate::read::crd::Kind;
    use crate::read::crd::recognise::KIND_NAMES;

    #[test]
    fn each_version_is_there_with_and_without_its_kinds() {
        let versions = capabilities().api_versions;
        for version in
            ["v1", "v1/Pod", "apps/v1", "apps/v1/Deployment", "monitoring.coreos.com/v1/ServiceMonitor"]
        {
            assert!(versions.contains(version), "{version}");
        }
        for kind in KIND_NAMES.into_iter().filter_map(Kind::by_name) {
            for version in [kind.api_version().to_owned(), format!("{}/{}", kind.api_version(), kind.name())]
            {
                assert!(versions.contains(&version), "{version}");
            }
        }
        assert!(versions.iter().all(|version| version.matches('/').count() <= 2 && !version.contains(' ')));
    }
}
