# ends: none
package hostile

tree := {"a": [1, 2, {"b": [numbers.range(1, 3000)]}]}

deny contains "never" if {
	some a in numbers.range(1, 10000)
	walk(tree, [_, a])
	a == -1
}
