# ends: memory
package hostile

deny := {"never"} if input.n < 0

deny := {"never either"} if count(numbers.range(1, 1000000000000)) < 0
