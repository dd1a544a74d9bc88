package main

import data.kubernetes
import data.services

name = input.metadata.name

required_deployment_selectors {
	input.spec.selector.matchLabels.app
	input.spec.selector.matchLabels.release
}

deny[msg] {
  kubernetes.is_pod
  not input.spec.securityContext.runAsNonRoot
  msg = sprintf("Containers must not run as root in Pod %s", [name])
}

deny[msg] {
  kubernetes.is_pod
  not required_deployment_selectors
  msg = sprintf("Pod %s must provide app/release labels for pod selectors", [name])
}

warn[msg] {
  kubernetes.is_pod
  services.ports[_] == 22
  msg = sprintf("Found pod %s but ssh is open: %v", [name, services.ports])
}
