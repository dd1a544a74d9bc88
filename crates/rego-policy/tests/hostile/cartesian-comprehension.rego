# ends: any
package hostile

xs := numbers.range(1, 3000)

deny contains "never" if count({[a, b, c] | some a in xs; some b in xs; some c in xs}) == 0
