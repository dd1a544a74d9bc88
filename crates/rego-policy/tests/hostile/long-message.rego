# ends: message
package hostile

deny contains msg if msg := concat("", [x | some _ in numbers.range(1, 3000000); x := "aaaaaaaaaa"])
