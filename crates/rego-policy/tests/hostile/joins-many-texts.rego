# ends: any
package hostile

deny contains "never" if {
	long := concat("", [x | some _ in numbers.range(1, 1000000); x := "aaaaaaaaaa"])
	count([y | some _ in numbers.range(1, 1000); y := concat("", [long, "b"])]) == 0
}
