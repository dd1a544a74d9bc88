package main

# METADATA
# title: a tag in production
# description: |
#   A tag may mean another image tomorrow, and nodes that pull it then run something that nobody has tested.
# custom:
#   severity: error
#   help: name the image by its digest
deny_tag_in_production contains {"msg": msg, "object": object, "path": path} if {
	is_production
	some image in input.images
	not contains(image.spec, "@")
	object := image.object
	path := image.path
	msg := sprintf("`%s` is named by tag on `%s`", [image.spec, input.cluster.name])
}

is_production if {
	some pattern in data.policies.production.clusters
	glob.match(pattern, [], input.cluster.name)
}
