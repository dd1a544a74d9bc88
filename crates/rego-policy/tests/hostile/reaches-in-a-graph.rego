# ends: any
package hostile

graph := {n: [m | some m in numbers.range(1, 2000)] | some n in numbers.range(1, 2000)}

deny contains "never" if count(graph.reachable_paths(graph, {1})) == 0
