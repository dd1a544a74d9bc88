# ends: fault
package hostile

f(x) := g(x + 1)

g(x) := f(x + 1)

deny contains "never" if f(1) == 0
