# ends: none
package hostile

deny contains "never" if bits.lsh(1, 100000000000) == 0
