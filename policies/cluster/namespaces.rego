package main

# METADATA
# title: an image from outside of its namespace's registries
# description: |
#   `data.policies.namespaces` says from where the images of a namespace come. Namespaces that it does not name may use any.
# custom:
#   severity: error
#   help: use an image of the namespace's registries, or add the registry to `data.policies.namespaces`
deny_foreign_image contains {"msg": msg, "object": object, "path": path} if {
	some image in input.images
	scopes := data.policies.namespaces[image.object.namespace]
	not is_from(image, scopes)
	object := image.object
	path := image.path
	msg := sprintf("`%s` is not from a registry of namespace `%s`", [image.spec, image.object.namespace])
}

is_from(image, scopes) if {
	some name in image.names
	some scope in scopes
	pullwarden.covers(scope, name)
}
