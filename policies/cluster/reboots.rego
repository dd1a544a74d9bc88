package main

# METADATA
# title: a reboot outside of a window
# description: |
#   The Machine Config Operator drains and reboots each node as soon as the change is applied. `pullwarden plan` says which
#   changes do that, and runs this policy.
# custom:
#   severity: error
#   help: merge the change on a day of `data.policies.windows`
deny_reboot_outside_window contains {"msg": msg} if {
	input.plan.outcome == "reboot"
	not input.today in data.policies.windows
	msg := sprintf("this reboots the nodes of `%s`, and %s is no day for that", [input.cluster.name, input.today])
}
