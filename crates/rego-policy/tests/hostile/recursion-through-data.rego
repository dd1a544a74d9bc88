# ends: any
package hostile

f(x) := data.hostile[sprintf("%s", ["g"])][x]

g[x] := f(x + 1) if some x in [1, 2]

deny contains "never" if g[1]
