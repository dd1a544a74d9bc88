package main

# METADATA
# title: an insecure registry without an end
# description: |
#   Nodes take what an insecure registry sends without asking who it is. That may be needed for some weeks, and stays for years.
#   The annotation `pullwarden.dev/insecure-until` of the `Image` holds the last days as YAML, a line for each registry:
#   `registry.example.com:5000: "2027-01-31"`.
# custom:
#   severity: error
#   help: "give the registry a certificate, or add its last day to the annotation `pullwarden.dev/insecure-until`"
deny_insecure_without_end contains {"msg": msg, "path": path} if {
	some i, registry in input.spec.registrySources.insecureRegistries
	not last_days[registry]
	msg := sprintf("`%s` is insecure without an end", [registry])
	path := ["spec", "registrySources", "insecureRegistries", i]
}

deny_insecure_without_end contains {"msg": msg, "path": path} if {
	some i, registry in input.spec.registrySources.insecureRegistries
	last_days[registry] < data.pullwarden.today
	msg := sprintf("`%s` was to be insecure until %s", [registry, last_days[registry]])
	path := ["spec", "registrySources", "insecureRegistries", i]
}

last_days := yaml.unmarshal(text) if {
	text := input.metadata.annotations["pullwarden.dev/insecure-until"]
} else := {}
