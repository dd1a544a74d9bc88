# ends: any
package hostile

p[x] := y if {
	some x in numbers.range(1, 3000000)
	y := {"x": x, "y": [x, x, x]}
}

deny contains "never" if count(p) == 0
