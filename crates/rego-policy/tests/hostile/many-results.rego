# ends: any
package hostile

deny contains msg if {
	some a in numbers.range(1, 10000000)
	msg := sprintf("result %d", [a])
}
