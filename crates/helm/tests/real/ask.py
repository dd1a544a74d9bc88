#!/usr/bin/env python3
"""Asks the real Helm what it makes of charts: one JSON object a line comes in, one answer a line goes out.

    pip install helm-python-sdk
    HELM_PYTHON=python3 cargo test -p helm real

A line that comes in is {"files": {path: text}, "values": {...}}; an answer is {"templates": {name: text}} or
{"error": text}. A line {"path": directory, "values": {...}} names a chart that is there already.
"""

import json
import sys
import tempfile
from pathlib import Path

from helm_python import Chart


def answer(line, directory):
    path = Path(line["path"]) if "path" in line else Path(directory) / "chart"
    for name, text in line.get("files", {}).items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    try:
        with Chart.load(str(path)) as chart:
            return {"templates": chart.render(values=line.get("values"), name="demo", namespace="apps")}
    except Exception as error:
        return {"error": str(error)}


def main():
    for line in sys.stdin:
        with tempfile.TemporaryDirectory() as directory:
            print(json.dumps(answer(json.loads(line), directory)), flush=True)


main()
