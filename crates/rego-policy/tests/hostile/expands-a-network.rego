# ends: fault
package hostile

deny contains "never" if count(net.cidr_expand("10.0.0.0/8")) == 0
