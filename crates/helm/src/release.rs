//! What a rendering is for: a release, and the cluster that gets it.

use crate::semver::Version;
use crate::value::{KubeVersion, List, Map, Native, Value};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The release that a chart is installed as.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Whether the name is made up when the chart is rendered.
    is_generated: bool,
}

impl Release {
    /// The most bytes of a name.
    pub const LONGEST_NAME: usize = 53;

    /// A release that is installed for the first time, as `helm template` takes every one.
    pub fn new(name: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self { name: name.into(), namespace: namespace.into(), is_generated: false }
    }

    /// The same with a name that Helm makes up of the name of the chart and the time: what a template makes of it is not known.
    pub fn generated(chart: &str, namespace: impl Into<String>) -> Self {
        Self { is_generated: true, ..Self::new(format!("{chart}-0000000000"), namespace) }
    }

    /// Why Helm refuses the name, if it does (`pkg/chart/common/util/validate_name.go`).
    pub fn refusal(&self) -> Option<String> {
        let name = &self.name;
        if self.is_generated {
            return None;
        }
        let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_part = |part: &str| {
            let bytes = part.as_bytes();
            let (first, last) = (bytes.first(), bytes.last());
            first.is_some_and(is_end)
                && last.is_some_and(is_end)
                && bytes.iter().all(|byte| is_end(byte) || *byte == b'-')
        };
        if name.len() > Self::LONGEST_NAME {
            let length = name.len();
            return Some(format!(
                "the name of a release has {} characters at most, and `{name}` has {length}",
                Self::LONGEST_NAME
            ));
        }
        (!name.split('.').all(is_part)).then(|| {
            format!("`{name}` cannot be the name of a release: lower-case letters, digits, `-` and `.` can")
        })
    }

    /// `.Release`.
    pub(crate) fn value(&self) -> Value {
        let name = Value::from(self.name.clone());
        let name = if self.is_generated { name.unknown() } else { name };
        let fields: [(&str, Value); 6] = [
            ("IsInstall", true.into()),
            ("IsUpgrade", false.into()),
            ("Name", name),
            ("Namespace", self.namespace.clone().into()),
            ("Revision", Value::int(1)),
            ("Service", "Helm".into()),
        ];
        fields.into_iter().collect::<Map>().into()
    }
}

/// What a cluster can do.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// The version of Kubernetes: `v1.31.4`.
    pub kube_version: String,
    /// The versions of its API: `v1`, `apps/v1`, also with a kind: `apps/v1/Deployment`.
    pub api_versions: BTreeSet<String>,
}

/// The version of Helm that this crate follows.
const HELM_VERSION: &str = "v4.2.3";

/// What Helm takes a cluster for that it does not ask.
const API_VERSIONS: &str = "v1
admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1
internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2
authentication.k8s.io/v1 authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1
authorization.k8s.io/v1 authorization.k8s.io/v1beta1 autoscaling/v1 autoscaling/v2 batch/v1 batch/v1beta1
certificates.k8s.io/v1 certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1
coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 coordination.k8s.io/v1
discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1 extensions/v1beta1
flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2
flowcontrol.apiserver.k8s.io/v1beta3 networking.k8s.io/v1 networking.k8s.io/v1beta1
node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1
rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1
resource.k8s.io/v1 resource.k8s.io/v1beta2 resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3
scheduling.k8s.io/v1alpha2 scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1
storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1 storagemigration.k8s.io/v1beta1
apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1";

impl Default for Capabilities {
    /// What `helm template` assumes where nobody says otherwise.
    fn default() -> Self {
        Self {
            kube_version: "v1.36.0".into(),
            api_versions: API_VERSIONS.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

impl Capabilities {
    /// The same for another version of Kubernetes, as `--kube-version` takes it; `None` where it is no version.
    #[must_use]
    pub fn of_kubernetes(self, version: &str) -> Option<Self> {
        let version = Version::parse(version)?;
        Some(Self { kube_version: format!("v{version}"), ..self })
    }

    /// `.Capabilities`.
    pub(crate) fn value(&self) -> Value {
        let version = self.kube_version.strip_prefix('v').unwrap_or(&self.kube_version);
        let mut numbers = version.split('.').map(|part| {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            part[..digits].to_owned()
        });
        let kube = KubeVersion {
            version: format!("v{version}"),
            major: numbers.next().unwrap_or_default(),
            minor: numbers.next().unwrap_or_default(),
        };
        let helm: Vec<(&'static str, Value)> = vec![
            ("Version", HELM_VERSION.into()),
            ("GitCommit", "".into()),
            ("GitTreeState", "".into()),
            ("GoVersion", "go1.26.6".into()),
            ("KubeClientVersion", "v1.36".into()),
        ];
        let fields: Vec<(&'static str, Value)> = vec![
            ("KubeVersion", Native::KubeVersion(Rc::new(kube)).into()),
            ("APIVersions", Native::ApiVersions(Rc::new(self.api_versions.clone())).into()),
            ("HelmVersion", Native::structure("version.BuildInfo", helm).into()),
        ];
        Native::structure("*common.Capabilities", fields).into()
    }
}

/// A list of strings, as Go has them.
pub(crate) fn texts<'t>(texts: impl IntoIterator<Item = &'t String>) -> Value {
    let items = texts.into_iter().map(|text| text.as_str().into()).collect();
    List::typed(items, crate::value::Element::Text).into()
}
