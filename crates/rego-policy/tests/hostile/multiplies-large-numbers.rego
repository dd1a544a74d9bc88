# ends: any
package hostile

square(x) := x * x

large := bits.lsh(1, 4000000)

deny contains "never" if square(square(square(square(square(square(large + 1)))))) == 0
