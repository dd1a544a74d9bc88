# ends: any
package hostile

step(x) := bits.lsh(x, 100000000)

deny contains "never" if step(step(step(step(step(step(step(1))))))) == 0
