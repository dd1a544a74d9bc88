# ends: none
package hostile

deny contains "never" if glob.match("{a,b,{a,b,{a,b,{a,b,{a,b}}}}}*{a,b,{a,b,{a,b}}}*{a,b}", [], "c")
