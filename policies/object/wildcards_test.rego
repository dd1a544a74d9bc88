package main

test_wildcard_in_list_denied if {
	some result in deny_wildcard with input as {"spec": {"registrySources": {"allowedRegistries": ["quay.io", "*.example.com"]}}}
	result.path == ["spec", "registrySources", "allowedRegistries", 1]
}

test_wildcard_source_denied if {
	some result in deny_wildcard with input as {"spec": {"imageTagMirrors": [{"source": "*.example.com"}]}}
	result.path == ["spec", "imageTagMirrors", 0, "source"]
}

test_names_allowed if {
	count(deny_wildcard) == 0 with input as {"spec": {"registrySources": {"allowedRegistries": ["quay.io"]}}}
}
