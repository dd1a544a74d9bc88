package main

insecure(annotations) := {
	"kind": "Image",
	"metadata": {"name": "cluster", "annotations": annotations},
	"spec": {"registrySources": {"insecureRegistries": ["lab.example.com:5000"]}},
}

test_insecure_without_end_denied if {
	count(deny_insecure_without_end) == 1 with input as insecure({}) with data.pullwarden.today as "2026-11-23"
}

test_past_end_denied if {
	some result in deny_insecure_without_end with input as insecure({"pullwarden.dev/insecure-until": "lab.example.com:5000: '2026-01-31'"})
		with data.pullwarden.today as "2026-11-23"
	result.msg == "`lab.example.com:5000` was to be insecure until 2026-01-31"
}

test_coming_end_allowed if {
	count(deny_insecure_without_end) == 0 with input as insecure({"pullwarden.dev/insecure-until": "lab.example.com:5000: '2027-01-31'"})
		with data.pullwarden.today as "2026-11-23"
}
