# ends: fault
package hostile

f(x) := 1 if {
	f(x + 1) == 1
	f(x + 2) == 1
}

deny contains "never" if f(1) == 0
