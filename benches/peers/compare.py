#!/usr/bin/env python3
"""Times pullwarden beside programs that read the same files, as far as they are installed.

    benches/peers/compare.py [PULLWARDEN] > table.md

Each program runs in turn with the others, and every figure is the median of its rounds. The programs do different
things: the table says how long a pull request waits for each, and not which one is better.
"""

import datetime
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FILES = 500
OURS = 10
ROUNDS = 5

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{0}
  labels:
    app: a{0}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: a{0}
  template:
    metadata:
      labels:
        app: a{0}
    spec:
      containers:
      - name: main
        image: quay.io/team/app-{0}:v1
        imagePullPolicy: IfNotPresent
        resources:
          limits:
            memory: 256Mi
"""

MIRRORS = """apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: mirrors-{0}
spec:
  imageDigestMirrors:
  - source: registry.example.com/team-{0}
    mirrors:
    - mirror.example.com/team-{0}
"""

POLICY = """package main

deny contains msg if {
  some container in input.spec.template.spec.containers
  endswith(container.image, ":latest")
  msg := sprintf("%s has the tag latest", [container.image])
}
"""


def generate(root):
    """A kustomization of many files in directories of teams."""
    names = []
    for number in range(FILES):
        directory = f"team-{number % 20}/app-{number % 100}"
        os.makedirs(os.path.join(root, directory), exist_ok=True)
        text = MIRRORS if number % (FILES // OURS) == 0 else DEPLOYMENT
        name = f"{directory}/manifest-{number}.yaml"
        names.append(name)
        with open(os.path.join(root, name), "w") as file:
            file.write(text.format(number))
    with open(os.path.join(root, "kustomization.yaml"), "w") as file:
        file.write("resources:\n" + "".join(f"- {name}\n" for name in names))
    os.makedirs(os.path.join(root, ".git"))


def programs(pullwarden, root, policies):
    """Name, arguments that print the version, arguments that do the work, and what the work is."""
    return [
        ("pullwarden", [pullwarden, "--version"], [pullwarden, "check", root], "checks image configuration"),
        ("ripgrep", ["rg", "--version"], ["rg", "-c", "ImageDigestMirrorSet", root], "finds one word"),
        ("ryl", ["ryl", "--version"], ["ryl", "check", "--enable", "ALL", root], "checks the style of YAML"),
        ("yamllint", ["yamllint", "--version"], ["yamllint", root], "checks the style of YAML"),
        (
            "kubeconform",
            ["kubeconform", "-v"],
            ["kubeconform", "-ignore-missing-schemas", root],
            "checks objects against schemas",
        ),
        (
            "checkov",
            ["checkov", "--version"],
            ["checkov", "-d", root, "--framework", "kubernetes", "--compact", "--quiet", "--skip-download"],
            "checks the security of workloads",
        ),
        (
            "conftest",
            ["conftest", "--version"],
            ["conftest", "test", "--no-color", "-p", policies, root],
            "runs one policy",
        ),
        ("kustomize", ["kustomize", "version"], ["kustomize", "build", root], "builds the kustomization"),
    ]


def run(command):
    """Wall seconds, processor seconds, and peak memory in MiB of one run."""
    start = time.monotonic()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def version(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    found = re.search(r"\d+\.\d+[\w.-]*", done.stdout + done.stderr)
    return found.group() if found else "unknown"


def main():
    pullwarden = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "pullwarden"
    with tempfile.TemporaryDirectory() as directory:
        root = os.path.join(directory, "repository")
        policies = os.path.join(directory, "policies")
        os.makedirs(policies)
        with open(os.path.join(policies, "latest.rego"), "w") as file:
            file.write(POLICY)
        generate(root)
        listed = programs(pullwarden, root, policies)
        there = [program for program in listed if shutil.which(program[1][0])]
        figures = {name: [] for name, *_ in there}
        for round_ in range(ROUNDS + 1):
            for name, _, command, _ in there:
                measured = run(command)
                # The first round warms the caches.
                if round_:
                    figures[name].append(measured)
    cores = len(os.sched_getaffinity(0))
    print(f"{FILES:,} files, {OURS} of them image configuration. {datetime.date.today()}, {cores} processors, Linux.")
    print(f"Medians of {ROUNDS} rounds, with all programs in turn.")
    print()
    print("| program | version | what it does | seconds | seconds of processors | memory, MiB |")
    print("|---|---|---|---|---|---|")
    for name, asked, _, what in there:
        wall, cpu, memory = (statistics.median(values) for values in zip(*figures[name]))
        print(f"| {name} | {version(asked)} | {what} | {wall:.3f} | {cpu:.3f} | {memory:.0f} |")
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print()
    print(f"A program counts with the memory of the process that starts it, so {floor:.0f} MiB is the least that is shown.")
    missing = [program[0] for program in listed if program not in there]
    if missing:
        print()
        print(f"Not installed there: {', '.join(missing)}.")


if __name__ == "__main__":
    main()
