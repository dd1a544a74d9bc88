package main

runs(namespace, name) := {"images": [{
	"spec": name,
	"names": [name],
	"object": {"kind": "Deployment", "namespace": namespace, "name": "web"},
	"path": "spec.x",
}]}

test_foreign_image_denied if {
	count(deny_foreign_image) == 1 with input as runs("payments", "quay.io/a:1")
		with data.policies.namespaces as {"payments": ["registry.example.com/payments"]}
}

test_own_image_allowed if {
	count(deny_foreign_image) == 0 with input as runs("payments", "registry.example.com/payments/web:1")
		with data.policies.namespaces as {"payments": ["registry.example.com/payments"]}
}

test_other_namespaces_allowed if {
	count(deny_foreign_image) == 0 with input as runs("web", "quay.io/a:1")
		with data.policies.namespaces as {"payments": ["registry.example.com/payments"]}
}
