# ends: none
package hostile

deep := concat("", [x | some _ in numbers.range(1, 10000); x := "["])

deny contains "never" if json.unmarshal(deep) == 0
