package kubernetes

is_service { input.kind = "Service" }
is_pod { input.kind = "Pod" }
is_pod { input.review.kind.kind == "Pod" }
