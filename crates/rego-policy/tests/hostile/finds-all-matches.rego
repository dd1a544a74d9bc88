# ends: any
package hostile

long := concat("", [x | some _ in numbers.range(1, 200000); x := "a"])

deny contains "never" if count([m | some _ in numbers.range(1, 100000); m := regex.find_n("a", long, -1)]) == 0
