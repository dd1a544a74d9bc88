package main

owned(annotations) := {
	"kind": "Image",
	"metadata": {"name": "cluster", "annotations": annotations},
	"spec": {"registrySources": {"allowedRegistries": ["quay.io/a", "quay.io/b"]}},
}

test_registries_without_owner_denied if {
	count(deny_registry_without_owner) == 2 with input as owned({})
}

test_one_owner_is_not_enough if {
	some result in deny_registry_without_owner with input as owned({"pullwarden.dev/owners": "quay.io/a: team-a\n"})
	result.path == ["spec", "registrySources", "allowedRegistries", 1]
}

test_owned_registries_allowed if {
	count(deny_registry_without_owner) == 0 with input as owned({"pullwarden.dev/owners": "quay.io/a: x\nquay.io/b: y\n"})
}
