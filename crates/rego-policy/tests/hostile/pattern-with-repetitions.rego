# ends: none
package hostile

deny contains "never" if regex.match("((a{1,100}){1,100}){1,100}", "b")
