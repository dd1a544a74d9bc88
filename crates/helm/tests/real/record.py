#!/usr/bin/env python3
"""Writes down what the real Helm says of small questions at random, for the tests beside this directory.

    pip install helm-python-sdk
    python3 record.py            write ranges.tsv and the other files beside it
    python3 record.py --check    say where Helm answers otherwise than the files say
"""

import json
import random
import sys
import tempfile
from pathlib import Path

from helm_python import Chart, _native

HERE = Path(__file__).parent
DESCRIPTION = "apiVersion: v2\nname: app\nversion: 0.1.0\n"


def render(files, values=None):
    """What each template gives, or nothing where Helm refuses the chart."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in {"Chart.yaml": DESCRIPTION, **files}.items():
            file = Path(directory) / "c" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        try:
            with Chart.load(f"{directory}/c") as chart:
                return chart.render(values=values, name="demo", namespace="apps")
        except Exception:
            return None


def version(at):
    text = at.choice(["", "", "v"])
    text += ".".join(str(at.choice([0, 0, 1, 1, 2, 3, 10, 20])) for _ in range(at.choice([1, 2, 3, 3, 3, 3])))
    if at.random() < 0.3:
        text += "-" + at.choice(["0", "alpha", "alpha.1", "beta.2", "rc1", "01", "1-2", "a.b.", "x-y.9"])
    if at.random() < 0.15:
        text += "+" + at.choice(["b1", "exp.sha", "1"])
    return text


def condition(at):
    operator = at.choice(["", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", ">= ", "^ "])
    open_ended = ["*", "x", "1.x", "1.2.x", "2.X", "1.*", "0.x", "0.0.x", "v1.x.x", "*-0", "1.x-0"]
    return operator + (at.choice(open_ended) if at.random() < 0.3 else version(at))


def conditions(at):
    if at.random() < 0.15:
        return f"{version(at)} - {version(at)}"
    return at.choice([", ", " ", ",", "  ", " , "]).join(condition(at) for _ in range(at.choice([1, 1, 1, 2, 2, 3])))


def ranges():
    at = random.Random(5)
    cases = [(at.choice([" || ", "||"]).join(conditions(at) for _ in range(at.choice([1, 1, 1, 2]))), version(at))
             for _ in range(1200)]
    cases += [("", "1.0.0"), ("*", "1.0.0"), (" ", "1"), ("1,", "1"), (">1 1 - 2", "2"), ("1 - 2 3 - 4", "1"),
              (">=1.0.0-0 <2", "1.5.0-rc"), ("~0", "0.5.0"), ("~0.0", "0.0.5"), ("^0", "0.5.0"), ("0", "0.3.1"),
              ("<=1", "1.5"), (">1", "1.5")]
    for of, number in dict.fromkeys(cases):
        answer = render({"templates/a": "{{ semverCompare %s %s }}" % (json.dumps(of), json.dumps(number))})
        yield "\t".join([of, number, "error" if answer is None else answer["app/templates/a"]])


def parameters():
    at = random.Random(6)
    words = ["a", "b", "a.b", "a.c", "a[0]", "a[1].b", "l[2]", "a[0][1]", "x\\.y", "a\\,b", "", "a.b.c", "[0]", "a[x]", "a[-1]"]
    values = ["1", "0", "007", "1.5", "true", "False", "null", "", "{a,b}", "{}", "{1,null,x}", "x y", "a\\,b", "{a", "-3", "1e3",
              "9223372036854775808", "a=b", "{a},", "é"]
    for _ in range(600):
        line = ",".join(f"{at.choice(words)}={at.choice(values)}" for _ in range(at.choice([1, 1, 2, 3])))
        if at.random() < 0.1:
            line = line.replace("=", "", 1)
        kind = at.choice(["word", "word", "text"])
        function = "helm_strvals_parse" if kind == "word" else "helm_strvals_parse_string"
        try:
            answer = json.loads(_native.call_string(function, line))
        except Exception:
            answer = None
        yield json.dumps({"line": line, "kind": kind, "answer": answer})


def some_value(at, depth=2):
    if depth == 0 or at.random() < 0.5:
        return at.choice([1, 2, 3.5, 0, -1, "a", "abc", "", "é", True, False, None, "12"])
    if at.random() < 0.5:
        return [some_value(at, depth - 1) for _ in range(at.randrange(4))]
    return {at.choice("abcx"): some_value(at, depth - 1) for _ in range(at.randrange(4))}


def some_schema(at, depth=2, refers=True):
    if at.random() < 0.06:
        return at.random() < 0.7
    schema = {}
    for _ in range(at.choice([1, 1, 2, 2, 3])):
        deeper = (lambda: some_schema(at, depth - 1, refers)) if depth else (lambda: at.random() < 0.8)
        schema.update(at.choice([
            lambda: {"type": at.choice(["string", "number", "integer", "boolean", "null", "array", "object", ["string", "null"],
                                        ["integer", "array"]])},
            lambda: {"enum": list({json.dumps(value): value for value in (some_value(at, 1) for _ in range(3))}.values())},
            lambda: {"const": some_value(at, 1)},
            lambda: {at.choice(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]): at.choice([0, 1, 2, 3.5])},
            lambda: {"multipleOf": at.choice([1, 2, 0.5])},
            lambda: {at.choice(["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"]): at.randrange(4)},
            lambda: {"pattern": at.choice(["^a", "b$", "[0-9]+", "^$"])},
            lambda: {"required": at.sample("abcx", at.randrange(3))},
            lambda: {"properties": {key: deeper() for key in at.sample("abcx", at.randrange(1, 3))}},
            lambda: {"patternProperties": {at.choice(["^a", "[bc]"]): deeper()}},
            lambda: {"additionalProperties": deeper()},
            lambda: {"propertyNames": {"pattern": at.choice(["^[ab]", "x"])}},
            lambda: {"items": deeper()},
            lambda: {"prefixItems": [deeper()]},
            lambda: {"uniqueItems": True},
            lambda: {"contains": deeper(), **at.choice([{}, {"minContains": 2}, {"maxContains": 1}, {"minContains": 0}])},
            lambda: {at.choice(["allOf", "anyOf", "oneOf"]): [deeper(), deeper()]},
            lambda: {"not": deeper()},
            lambda: {"if": deeper(), "then": deeper(), "else": deeper()},
            lambda: {"dependentRequired": {"a": ["b"]}},
            lambda: {"dependencies": {"a": at.choice([["b"], deeper()])}},
            lambda: {"dependentSchemas": {"b": deeper()}},
            lambda: {"$ref": "#/$defs/d"} if refers else {},
        ])())
    return schema


def schemas():
    at = random.Random(7)
    for number in range(700):
        schema = {"properties": {"v": some_schema(at)}, "$defs": {"d": some_schema(at, 1, False)}}
        draft = at.choice([None, None, "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema"])
        if draft:
            schema["$schema"] = draft
        value = some_value(at, 3)
        takes = render({"templates/a": "a", "values.schema.json": json.dumps(schema)}, {"v": value}) is not None
        yield json.dumps({"schema": schema, "value": value, "takes": takes})


def ignores():
    at = random.Random(8)
    names = ["a.md", "docs/a.md", "docs/b/c.txt", ".hidden", "x/.y", "ab", "ba/ab", "docs2/a"]
    rules = ["*.md", "docs", "docs/", "/a.md", "docs/*", "docs/*.md", "?b", "[ab]*", "[^a]*", "*", "/*", ".*", ".?*", "# x", "",
             "**", "a.md  ", "\\*", "[", "x/", "*/a*", "docs/b/", "/docs/", "ab/", "templates/", "values.yaml", "!a.md", "!*"]
    template = '{{ range $name, $_ := .Files }}{{ $name }},{{ end }}'
    for _ in range(300):
        text = "\n".join(at.choice(rules) for _ in range(at.choice([1, 2, 3])))
        answer = render({"templates/a": template, "values.yaml": "", ".helmignore": text, **{name: "x" for name in names}})
        yield json.dumps({"rules": text, "files": None if answer is None else answer.get("app/templates/a")})


def some_values(at, depth=3):
    keys = at.sample(["a", "b", "c", "global", "sub", "leaf", "as", "tags", "exports", "enabled", "x"], at.randrange(5))
    values = {}
    for key in keys:
        if key == "tags":
            values[key] = {"t": at.random() < 0.5, "u": at.random() < 0.5}
        elif key == "enabled":
            values[key] = at.random() < 0.5
        elif key == "exports":
            values[key] = {"data": some_values(at, depth - 1)} if depth else {}
        elif depth and at.random() < 0.7 or key in ("global", "sub", "leaf", "as"):
            values[key] = some_values(at, depth - 1) if depth else {}
        else:
            values[key] = at.choice([1, "x", None, None, [1], {}, True])
    return values


def some_chart(at, name, level, files, root=""):
    files[f"{root}templates/v"] = "{{ toJson .Values }}"
    if at.random() < 0.9:
        files[f"{root}values.yaml"] = json.dumps(some_values(at))
    description = {"apiVersion": "v2", "name": name, "version": at.choice(["1.0.0", "1.2.3"])}
    requirements = []
    for below in {0: ["sub", "leaf"], 1: ["leaf"], 2: []}[level]:
        if at.random() < 0.3:
            continue
        some_chart(at, below, level + 1, files, f"{root}charts/{below}/")
        for alias in at.choice([[], [None], [None], ["as"], [None, "as"], ["as", "x"]]):
            requirement = {"name": below, "version": at.choice(["*", ">=1.0.0", "~1.0", "2"])}
            if alias:
                requirement["alias"] = alias if alias != "as" or below == "sub" else "other"
            for key, some in [
                ("condition", ["a", "sub.enabled", "leaf.enabled", "global.enabled,as.enabled", "sub.leaf.enabled"]),
                ("tags", [["t"], ["t", "u"]]),
                ("import-values", [["data"], [{"child": "a", "parent": "b"}], [{"child": "exports.data", "parent": "c.x"}, "data"],
                                   [{"child": "global", "parent": "global"}], [{"child": "a", "parent": "."}]]),
            ]:
                if at.random() < 0.35:
                    requirement[key] = at.choice(some)
            requirements.append(requirement)
    if requirements:
        description["dependencies"] = requirements
    files[f"{root}Chart.yaml"] = json.dumps(description)


def values():
    at = random.Random(9)
    for _ in range(150):
        files = {}
        some_chart(at, "app", 0, files)
        given = some_values(at) if at.random() < 0.6 else {}
        answer = render(files, given)
        answer = answer and {name: json.loads(text) for name, text in answer.items()}
        yield json.dumps({"files": files, "given": given, "answer": answer})


def main():
    failures = []
    for name, lines in [("ranges.tsv", ranges), ("parameters.jsonl", parameters), ("schemas.jsonl", schemas),
                        ("ignores.jsonl", ignores), ("values.jsonl", values)]:
        text = "".join(f"{line}\n" for line in lines())
        if "--check" not in sys.argv:
            (HERE / name).write_text(text)
        elif text != (HERE / name).read_text():
            failures.append(name)
    if failures:
        sys.exit(f"Helm answers otherwise than these files say: {', '.join(failures)}")


main()
