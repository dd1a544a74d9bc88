package main

# METADATA
# title: a wildcard for registries
# description: |
#   `*.example.com` also means every host that somebody will give a name in that domain later.
# custom:
#   severity: error
#   help: name each registry
deny_wildcard contains {"msg": msg, "path": path} if {
	some list in {"allowedRegistries", "blockedRegistries", "insecureRegistries"}
	some i, registry in input.spec.registrySources[list]
	startswith(registry, "*.")
	msg := sprintf("`%s` is a wildcard", [registry])
	path := ["spec", "registrySources", list, i]
}

deny_wildcard contains {"msg": msg, "path": path} if {
	some list in {"imageDigestMirrors", "imageTagMirrors"}
	some i, rule in input.spec[list]
	startswith(rule.source, "*.")
	msg := sprintf("`%s` is a wildcard", [rule.source])
	path := ["spec", list, i, "source"]
}
