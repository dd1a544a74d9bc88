package main

planned(outcome) := {"cluster": {"name": "prod"}, "today": "2026-11-23", "plan": {"outcome": outcome}}

test_reboot_denied if {
	count(deny_reboot_outside_window) == 1 with input as planned("reboot") with data.policies.windows as ["2026-12-05"]
}

test_reboot_in_window_allowed if {
	count(deny_reboot_outside_window) == 0 with input as planned("reboot") with data.policies.windows as ["2026-11-23"]
}

test_reload_allowed if {
	count(deny_reboot_outside_window) == 0 with input as planned("reload") with data.policies.windows as []
}

test_no_plan_allowed if {
	count(deny_reboot_outside_window) == 0 with input as {"cluster": {"name": "prod"}} with data.policies.windows as []
}
