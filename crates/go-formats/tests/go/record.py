#!/usr/bin/env python3
"""Records what Go's fmt.Sprintf and time packages print, asked through the real Helm.

    pip install helm-python-sdk
    python3 record.py > answers.json
"""

import itertools
import json
import tempfile
from pathlib import Path

from helm_python import Chart

INTEGERS = [0, 1, -1, 42, -42, 255, 65, 128512, 0x10FFFF, 1 << 40, -(1 << 63), (1 << 63) - 1]
FLOATS = [0.0, 1.0, -1.5, 1e5, 1e6, 1e20, 1e21, 1e22, 123456789.0, 1.23456789e-5, 1e-4, 0.1, 2.5, 99.995, 5e-324, 1.7976931348623157e308]
TEXTS = ["", "prod", "a\tb\"c\\", "\u00e9\u200b\u0301\u4e16", "`x`", "\x01\x7f\u0085\u00a0\ufeff\U0001f600\U000e0001", "it's"]
FLAGS = ["", "+", "-", "#", " ", "0", "+0", "-0", "#0", " 0", "+#", "# ", "-#0", "+-", "0-"]
SIZES = ["", "8", "12", ".0", ".1", ".3", "12.5", ".12", "6.0"]


def formats(verbs):
    return ["%" + "".join(parts) for parts in itertools.product(FLAGS, SIZES, verbs)]


def quoted(text):
    return json.dumps(text)


def literal(value):
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nil"
    if isinstance(value, float):
        return repr(value) if "." in repr(value) or "e" in repr(value) else repr(value) + ".0"
    if isinstance(value, int):
        return f"(int64 {value})" if value > -(1 << 63) else '(int64 "-9223372036854775808")'
    return go_quoted(value)


def go_quoted(text):
    return '"' + "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'


def cases():
    for values, verbs in [(INTEGERS, "dvbxXoOcqU"), (FLOATS, "vgGeEfF"), (TEXTS, "svqxX"), ([True], "tv"), ([None], "vsd")]:
        all_ = list(itertools.product(formats(verbs), values))
        step = max(1, len(all_) // 1100)
        if step > 1 and step % 2 == 0:
            step += 1
        for format_, value in all_[::step]:
            yield format_, [value]
        for format_, value in itertools.product(["%" + verb for verb in verbs], values):
            yield format_, [value]
    wrong = [(7, "tse"), (1.5, "dsqtU"), ("a", "dtfeU"), (True, "dsq"), (None, "dsqT")]
    for value, verbs in wrong:
        for verb in verbs:
            for flags in ["", "+", "6", "+06", ".1", "#"]:
                yield f"%{flags}{verb}", [value]
    for format_ in ["%T|%T|%T", "%5T|%-9T|%.2T"]:
        yield format_, [7, 1.5, "a"]
    for format_ in ["%*d", "%-*d", "%0*d", "%.*d", "%*.*d", "%[2]*[1]d", "%[2]d %[1]d", "%[1]d", "%[3]d", "%[0]d", "%[]d",
                    "%[x]d", "%[1", "%[1]", "%[1]2d", "%[1].2d", "%.[2]*[1]d", "%.[1]*d", "%[2]*.[1]*[3]d", "%d", "%d %d %d",
                    "%d %d %d %d %d", "%", "%%", "%5%", "%!", "%z", "%-", "%.", "%.d", "%10", "%10.", "%99999999999d", "%.99999999999d",
                    "100%", "%[99999999999]d", "%d %[1]d %d", "%[2]d %d", "a%[1]*b", "%é", "é%dé", "%w", "%p", "%s", "% d%+d"]:
        for values in [[], [3], [3, 4], [-3, 4], [3, 4, 5], ["a", 4], [1.5, 2], [2000000, 1], [-1, 9], [9, -1]]:
            yield format_, values


def main():
    asked = list(dict.fromkeys((format_, json.dumps(values)) for format_, values in cases()))
    durations = ["0", "1s", "-1s", "+1.5h", "1h2m3.5s", ".5s", "1.s", "s", "", "-", "1", "1x", "1.1.1s", "9223372036854775807ns",
                 "9223372036854775808ns", "-9223372036854775808ns", "2562047h47m16.854775807s", "0.3333333333333333333h",
                 "1.00000000000000000000001s", "1µs", "1us", "1ns1ms", "1h1h", " 1s", "1 s", "1e3s", "3.000000001s", "0.1ns", "0s"]
    times = [("2006-01-02T15:04:05Z07:00", text) for text in
             ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00+01:00", "2023-02-29T12:00:00Z", "2024-02-29T7:00:00Z", "2024-02-29T12:00:00.5Z",
              "2024-02-29T12:00:00,5Z", "2024-02-29T24:00:00Z", "2024-02-29T12:60:00Z", "2024-02-29T12:00:60Z", "2024-02-29T12:00:00+24:00",
              "2024-02-29T12:00:00+25:00", "2024-02-29T12:00:00+10:60", "2024-02-29T12:00:00+10:61", "2024-02-29 12:00:00Z", "2024-2-29T12:00:00Z",
              "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2024-02-29T12:00:00", "2024-02-29T12:00:00z", "1969-12-31T23:59:59-23:59"]]
    times += [("2006-01-02", "2024-13-01"), ("2006-01-02", "2024-12-31"), ("Jan 2, 2006", "Feb 9, 2021"), ("January _2 06", "march  3 70"),
              ("3:04PM", "7:05AM"), ("03:04 pm", "12:30 am"), ("2006-002", "2024-060"), ("Mon Jan _2 15:04:05 2006", "Tue Mar  5 01:02:03 2024")]
    lines = [f"{{{{ printf {go_quoted(f)} {' '.join(literal(v) for v in json.loads(vs))} | toJson }}}}" for f, vs in asked]
    start = '(toDate "2006" "2000")'
    for duration in durations:
        lines.append(f"{{{{ ((dateModify {quoted(duration)} {start}).Sub {start}).Nanoseconds | toJson }}}}")
        lines.append(f"{{{{ ((dateModify {quoted(duration)} {start}).Sub {start}).String | toJson }}}}")
    for layout, text in times:
        lines.append(f"{{{{ (toDate {quoted(layout)} {quoted(text)}).UTC.Format \"2006-01-02T15:04:05.999999999Z07:00 Monday 002\" | toJson }}}}")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "chart"
        (path / "templates").mkdir(parents=True)
        (path / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
        (path / "templates" / "a.txt").write_text("\n".join(lines))
        with Chart.load(str(path)) as chart:
            answers = next(iter(chart.render(values={}, name="demo", namespace="apps").values())).split("\n")
    answers = [json.loads(answer) for answer in answers]
    rows = [{"format": f, "arguments": json.loads(vs), "text": answer} for (f, vs), answer in zip(asked, answers)]
    print("{\"sprintf\": [")
    print(",\n".join(json.dumps(row) for row in rows))
    print("],\n\"durations\": [")
    answers = answers[len(asked):]
    print(",\n".join(json.dumps({"text": d, "nanos": int(a), "shown": b}) for d, a, b in zip(durations, answers[::2], answers[1::2])))
    print("],\n\"times\": [")
    answers = answers[2 * len(durations):]
    print(",\n".join(json.dumps({"layout": l, "text": t, "utc": a}) for (l, t), a in zip(times, answers)))
    print("]}")


main()
