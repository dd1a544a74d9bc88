# ends: any
package hostile

xs := {x: x | some x in numbers.range(1, 3000)}

deny contains "never" if count([u | some a in numbers.range(1, 100000); u := object.union(xs, {"a": a})]) == 0
