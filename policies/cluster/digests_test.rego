package main

cluster_with(name, spec) := {
	"cluster": {"name": name},
	"images": [{"spec": spec, "object": {"kind": "Deployment", "name": "web"}, "path": "spec.x"}],
}

test_tag_in_production_denied if {
	some result in deny_tag_in_production with input as cluster_with("prod-1", "quay.io/a:1")
		with data.policies.production.clusters as ["prod-*"]
	result.path == "spec.x"
}

test_tag_elsewhere_allowed if {
	count(deny_tag_in_production) == 0 with input as cluster_with("dev", "quay.io/a:1")
		with data.policies.production.clusters as ["prod-*"]
}

test_digest_allowed if {
	count(deny_tag_in_production) == 0 with input as cluster_with("prod-1", "quay.io/a@sha256:0")
		with data.policies.production.clusters as ["prod-*"]
}
