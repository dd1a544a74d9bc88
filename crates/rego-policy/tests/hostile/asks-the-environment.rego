# ends: fault
package hostile

deny contains "never" if opa.runtime().env.PATH
