package main

searching(sources) := {"kind": "Image", "spec": {"registrySources": sources}}

test_search_list_denied if {
	count(deny_search_list) == 1 with input as searching({"containerRuntimeSearchRegistries": ["quay.io"]})
}

test_no_search_list_allowed if {
	count(deny_search_list) == 0 with input as searching({"allowedRegistries": ["quay.io"]})
}
