# ends: fault
package hostile

deny contains "never" if time.now_ns() > 0
