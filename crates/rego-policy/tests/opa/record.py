#!/usr/bin/env python3
"""Asks the real OPA what it makes of the cases beside this file, and writes the answers to answers.json.

    python3 record.py PATH/TO/libopabridge.so           write the answers
    python3 record.py PATH/TO/libopabridge.so --check   say where OPA answers otherwise than the file says

The library is part of the package opa-golib-python-bindings of PyPI; the wheel is an archive that can be unpacked.
"""

import ctypes
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
INPUT = json.loads((HERE / "input.json").read_text())
DATA = json.loads((HERE / "data.json").read_text())


def cases():
    """The text of each module, by its name."""
    for number, line in enumerate((HERE / "expressions.txt").read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield line, f'package t\n\ndeny contains {{"msg": "", "value": value}} if {{\n\tvalue := {line}\n}}\n'
    for block in (HERE / "modules.txt").read_text().split("\n---\n"):
        name, text = block.strip("\n").split("\n", 1)
        # OPA reads the new language alone: what is written in the old one is there in both.
        yield name.removeprefix("# "), text.split("\n===\n")[-1] + "\n"


class Opa:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.OpaNew.restype = ctypes.c_uint64
        for name in ("OpaAddPolicy", "OpaAddData", "OpaEvalDocument"):
            getattr(self.library, name).restype = ctypes.c_void_p
        self.library.OpaAddPolicy.argtypes = [ctypes.c_uint64, ctypes.c_char_p, ctypes.c_char_p]
        self.library.OpaAddData.argtypes = [ctypes.c_uint64, ctypes.c_char_p, ctypes.c_char_p]
        self.library.OpaEvalDocument.argtypes = [
            ctypes.c_uint64, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
        self.library.OpaFreeString.argtypes = [ctypes.c_void_p]
        self.library.OpaDestroy.argtypes = [ctypes.c_uint64]

    def call(self, function, *arguments):
        pointer = function(*arguments)
        text = ctypes.string_at(pointer)
        self.library.OpaFreeString(pointer)
        return json.loads(text)

    def ask(self, module):
        engine = self.library.OpaNew()
        try:
            answers = [
                self.call(self.library.OpaAddPolicy, engine, b"policy.rego", module.encode()),
                self.call(self.library.OpaAddData, engine, b"", json.dumps(DATA).encode()),
                self.call(self.library.OpaEvalDocument, engine, b"t.deny", json.dumps(INPUT).encode(), 0, 0),
            ]
        finally:
            self.library.OpaDestroy(engine)
        for answer in answers:
            if answer.get("error"):
                message = answer["error"].get("message", "")
                kind = re.search(r"rego_\w+|eval_\w+", message)
                return {"error": kind.group(0) if kind else message.split("\n")[0]}
        result = answers[-1].get("result")
        value = result[0]["expressions"][0]["value"] if result else []
        return {"value": sorted(value, key=lambda one: json.dumps(one, sort_keys=True))}


def main():
    opa = Opa(sys.argv[1])
    version = re.search(rb"github\.com/open-policy-agent/opa\tv([0-9.]+)\t", Path(sys.argv[1]).read_bytes())
    answers = {
        "opa": version.group(1).decode() if version else "unknown",
        "answers": {name: opa.ask(text) for name, text in cases()},
    }
    text = json.dumps(answers, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    file = HERE / "answers.json"
    if "--check" not in sys.argv:
        file.write_text(text)
    elif text != file.read_text():
        sys.exit("OPA answers otherwise than answers.json says")


main()
