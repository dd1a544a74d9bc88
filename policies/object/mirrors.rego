package main

# METADATA
# title: a mirror that is not ours
# description: |
#   Nodes pull from mirrors before they ask the source. What a mirror of somebody else holds, nobody here has scanned.
# custom:
#   severity: error
#   help: name a mirror below one of `data.policies.mirrors`
deny_foreign_mirror contains {"msg": msg, "path": path} if {
	lists := {"imageDigestMirrors", "imageTagMirrors", "repositoryDigestMirrors"}
	some list in lists
	some i, rule in input.spec[list]
	some j, mirror in rule.mirrors
	not is_ours(mirror)
	msg := sprintf("`%s` is not our mirror", [mirror])
	path := ["spec", list, i, "mirrors", j]
}

is_ours(mirror) if {
	some scope in data.policies.mirrors
	pullwarden.covers(scope, mirror)
}
