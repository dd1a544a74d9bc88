# ends: memory
package hostile

deny contains "never" if count(numbers.range(1, 1000000000000)) < 0
