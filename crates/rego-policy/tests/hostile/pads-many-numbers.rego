# ends: any
package hostile

many := [x | some n in numbers.range(1, 1000); x := sprintf("%9999999d", [n])]

deny contains "never" if count(many) == 0
