# ends: any
package hostile

twice(x) := concat("", [x, x])

many(x) := twice(twice(twice(twice(twice(twice(twice(twice(x))))))))

deny contains "never" if count(many(many(many(many("aaaa"))))) == 0
