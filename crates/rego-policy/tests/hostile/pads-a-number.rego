# ends: none
package hostile

deny contains "never" if count(sprintf("%1000000000d", [1])) < 0
