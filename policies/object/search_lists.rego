package main

# METADATA
# title: a search list for short names
# description: |
#   With a search list, `nginx` is whatever the first registry that answers has under this name.
# custom:
#   severity: error
#   help: remove the list and write the names of images in full
deny_search_list contains {"msg": msg, "path": "spec.registrySources.containerRuntimeSearchRegistries"} if {
	input.kind == "Image"
	count(input.spec.registrySources.containerRuntimeSearchRegistries) > 0
	msg := "short names are looked for in a list of registries"
}
