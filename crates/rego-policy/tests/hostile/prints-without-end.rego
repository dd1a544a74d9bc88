# ends: any
package hostile

deny contains "never" if {
	some a in numbers.range(1, 100000000)
	print("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", a)
	a < 0
}
