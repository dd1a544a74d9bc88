# ends: fault
package hostile

f(x) := f(x + 1)

deny contains "never" if f(1) == 0
