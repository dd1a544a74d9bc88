# ends: any
package hostile

many(x) := replace(x, "a", concat("", [x, x, x, x]))

deny contains "never" if count(many(many(many(many(many(many(many("aa")))))))) == 0
