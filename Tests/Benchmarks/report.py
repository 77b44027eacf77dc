# SPDX-License-Identifier: MIT
"""Formats the tables: the full results, and the README's part."""

import statistics

from peers import PEERS
from workloads import UNIT, WORKLOADS

_BEGIN, _END = "<!-- bench:begin -->", "<!-- bench:end -->"
_MEBIBYTE, _GIBIBYTE = 1 << 20, 1 << 30
# The peers that the README shows.
_SHOWN = ["c", "c-stores", "h2", "h2-strings", "nio", "nio-streams", "python-h2", "jh2"]


def quartiles(values):
    """Returns the first, second and third quartile."""
    if len(values) < 2:
        return [values[0]] * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def _number(value):
    """Formats a number with three digits: 12.3k, 1.23M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            value /= size
            break
    else:
        letter = ""
    return (f"{value:.0f}" if value >= 100 else f"{value:.3g}") + letter


def rate(workload, value):
    """Formats operations per second, or bytes per second if the workload transfers bodies."""
    if WORKLOADS[workload].unit == "16 KiB":
        bytes_ = value * UNIT
        many = bytes_ >= 1000 * _MEBIBYTE
        return f"{bytes_ / _GIBIBYTE:.3g} GiB/s" if many else f"{bytes_ / _MEBIBYTE:.3g} MiB/s"
    return f"{_number(value)}/s"


def _ratio(value):
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _table(corner, columns, rows):
    lines = [f"| {corner} | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns)]
    return lines + [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]


def _rows(everything, names, cell, is_memory=False):
    """Returns a row for each workload, with a cell for each peer."""
    rows = []
    for workload, results in everything["results"].items():
        if WORKLOADS[workload].is_memory == is_memory:
            cells = [cell(workload, results, results[name]) for name in names]
            rows.append((f"{workload} {WORKLOADS[workload].title}", cells))
    return rows


def _speed(workload, _, result):
    text = rate(workload, result["rate"])
    low, middle, high = quartiles(result["ratios"])
    return text if low == high == 1 else f"{text}, {_ratio(middle)}"


def _spread(_, __, result):
    low, middle, high = quartiles(result["ratios"])
    return f"{_ratio(middle)} ({_ratio(low)} to {_ratio(high)})"


def _instructions(_, results, result):
    text = _number(result["instructions"])
    yardstick = results.get("c")
    return f"{text}, {_ratio(result['instructions'] / yardstick['instructions'])}" \
        if yardstick and yardstick is not result else text


def _plain(key, form):
    return lambda _, __, result: form(result[key])


def setting(everything):
    """Returns the machine, the versions and the date of the measurement."""
    machine = everything["machine"]
    versions = ", ".join(f"{name} {value}" for name, value in everything["versions"].items())
    return (
        f"{machine['Processor']}, {machine['Cores']} cores, {machine['System']}, "
        f"Linux {machine['Kernel']}, {machine['C compiler']}; {versions}; {machine['Date']}")


def full(everything):
    """Returns all results as Markdown."""
    names = list(next(iter(everything["results"].values())))
    columns = [PEERS[name].label for name in names]
    lines = ["# Results", "", setting(everything), ""]

    def add(title, about, cell, is_memory=False):
        rows = _rows(everything, names, cell, is_memory)
        if rows:
            lines.extend([f"## {title}", "", about, ""] + _table("", columns, rows) + [""])

    add(
        "Speed", "By CPU time of the process: median rate, and median ratio to raw C.",
        _speed)
    add(
        "Spread",
        f"Median and quartiles of the ratio to the preceding run of raw C, {everything['rounds']}"
        " rounds.", _spread)
    add(
        "Instructions", "Per operation (W3, W6: 16 KiB), by callgrind, and the ratio to raw C.",
        _instructions)
    add(
        "Allocations", "Per operation: malloc, calloc, realloc and related functions.",
        _plain("allocations", lambda value: f"{value:.1f}"))
    add(
        "Bytes copied",
        "Per operation, by memcpy and related functions; excludes copies that a compiler inlined.",
        _plain("copied", lambda value: f"{value:,.0f}"))
    add(
        "Peak memory", "Of the timed process, in MiB; the runs of Python are shorter.",
        _plain("peak", lambda value: f"{value / _MEBIBYTE:.1f}"))
    add(
        "Memory",
        "Resident bytes per pair of connections, and per stream at both ends; in parentheses, per"
        " connection and per end.",
        _plain("resident", lambda value: f"{value:,.0f} ({value / 2:,.0f})"), is_memory=True)
    return "\n".join(lines)


def _readme(everything):
    names = [name for name in _SHOWN if name in next(iter(everything["results"].values()))]
    rows = []
    workloads = list(everything["results"])
    for name in names:
        cells = []
        for workload in workloads:
            result = everything["results"][workload][name]
            if WORKLOADS[workload].is_memory:
                size = result["resident"]
                cells.append(f"{size / 1000:.1f} kB" if size >= 1000 else f"{size:.0f} B")
            else:
                cells.append(_speed(workload, None, result).replace(", ", "<br>"))
        rows.append((PEERS[name].label, cells))
    columns = [f"{name} {WORKLOADS[name].title}" for name in workloads]
    lines = _table("", columns, rows)
    lines += ["", f"Measured on {setting(everything)}."]
    return "\n".join(lines)


def update_readme(everything, path):
    """Replaces the table between its two markers."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise SystemExit(f"{path} has no lines {_BEGIN} and {_END}")
    path.write_text(f"{before}{_BEGIN}\n{_readme(everything)}\n{_END}{after}", encoding="utf-8")
