# ends: fault
package hostile

deny contains "never" if rand.intn("x", 10) < 100
