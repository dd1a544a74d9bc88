package main

# METADATA
# title: an allowed registry that nobody owns
# description: |
#   A registry stays on the list until somebody dares to remove it. The owner is who can be asked.
#   The annotation `pullwarden.dev/owners` of the `Image` holds them as YAML, a line for each registry: `quay.io/team: team-a`.
# custom:
#   severity: error
#   help: "add a line to the annotation `pullwarden.dev/owners`: the registry, a colon, and its owner"
deny_registry_without_owner contains {"msg": msg, "path": path} if {
	input.kind == "Image"
	some i, registry in input.spec.registrySources.allowedRegistries
	not owners[registry]
	msg := sprintf("`%s` is allowed, and nobody owns it", [registry])
	path := ["spec", "registrySources", "allowedRegistries", i]
}

owners := yaml.unmarshal(text) if {
	text := input.metadata.annotations["pullwarden.dev/owners"]
} else := {}
