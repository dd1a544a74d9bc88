# ends: any
package hostile

xs := numbers.range(1, 200)

deny contains "never" if count([[[[d | some d in xs] | some c in xs] | some b in xs] | some a in xs]) == 0
