package main

mirror_set(mirror) := {
	"kind": "ImageDigestMirrorSet",
	"spec": {"imageDigestMirrors": [{"source": "quay.io/a", "mirrors": ["mirror.example.com/a", mirror]}]},
}

test_foreign_mirror_denied if {
	some result in deny_foreign_mirror with input as mirror_set("other.example.com/a")
		with data.policies.mirrors as ["mirror.example.com"]
	result.path == ["spec", "imageDigestMirrors", 0, "mirrors", 1]
}

test_own_mirror_allowed if {
	count(deny_foreign_mirror) == 0 with input as mirror_set("mirror.example.com/b")
		with data.policies.mirrors as ["mirror.example.com"]
}

test_host_that_only_begins_alike_denied if {
	count(deny_foreign_mirror) == 1 with input as mirror_set("mirror.example.com.evil.example/a")
		with data.policies.mirrors as ["mirror.example.com"]
}
