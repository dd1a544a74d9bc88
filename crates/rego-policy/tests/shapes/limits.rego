package k8slimits

missing(obj, field) = true { not obj[field] }
missing(obj, field) = true { obj[field] == "" }

canonify_cpu(orig) = new { is_number(orig); new := orig * 1000 }
canonify_cpu(orig) = new { not is_number(orig); endswith(orig, "m"); new := to_number(replace(orig, "m", "")) }
canonify_cpu(orig) = new { not is_number(orig); not endswith(orig, "m"); re_match("^[0-9]+(\\.[0-9]+)?$", orig); new := to_number(orig) * 1000 }

mem_multiple("Gi") = 1073741824 { true }
mem_multiple("Mi") = 1048576 { true }
mem_multiple("") = 1 { true }

get_suffix(mem) = suffix { is_string(mem); count(mem) > 1; suffix := substring(mem, count(mem) - 2, -1); mem_multiple(suffix) }
get_suffix(mem) = suffix { not is_string(mem); suffix := "" }

canonify_mem(orig) = new {
  suffix := get_suffix(orig)
  raw := replace(sprintf("%v", [orig]), suffix, "")
  new := to_number(raw) * mem_multiple(suffix)
}

violation[{"msg": msg}] { general_violation[{"msg": msg, "field": "containers"}] }
violation[{"msg": msg}] { general_violation[{"msg": msg, "field": "initContainers"}] }

general_violation[{"msg": msg, "field": field}] {
  container := input.review.object.spec[field][_]
  cpu_orig := container.resources.limits.cpu
  cpu := canonify_cpu(cpu_orig)
  max_cpu := canonify_cpu(input.parameters.cpu)
  cpu > max_cpu
  msg := sprintf("container <%v> cpu limit <%v> is higher than the maximum allowed of <%v>", [container.name, cpu_orig, input.parameters.cpu])
}
general_violation[{"msg": msg, "field": field}] {
  container := input.review.object.spec[field][_]
  mem := canonify_mem(container.resources.limits.memory)
  mem > canonify_mem(input.parameters.memory)
  msg := sprintf("container <%v> memory limit is too high", [container.name])
}
general_violation[{"msg": msg, "field": field}] {
  container := input.review.object.spec[field][_]
  missing(container, "resources")
  msg := sprintf("container <%v> has no resource limits", [container.name])
}
