# ends: time
package hostile

long := concat("", [x | some _ in numbers.range(1, 200000); x := "a"])

deny contains "never" if {
	some _ in numbers.range(1, 100000)
	regex.match("(a|aa|aaa)*b(a|aa)*c", long)
}
