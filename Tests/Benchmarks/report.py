# SPDX-License-Identifier: MIT
"""Formats the tables: the full results, and the parts of the README and of Performance.md."""

import statistics

from peers import PEERS, SHAPES
from workloads import UNIT, WORKLOADS

_BEGIN, _END = "<!-- bench:begin -->", "<!-- bench:end -->"
_MEBIBYTE, _GIBIBYTE = 1 << 20, 1 << 30
_TIMED = [workload.name for workload in WORKLOADS.values() if not workload.is_memory]
_HELD = [workload.name for workload in WORKLOADS.values() if workload.is_memory]


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
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _table(columns, rows):
    lines = [f"|  | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns)]
    return lines + [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]


def _tables(everything, cell, workloads):
    """Returns a table for each shape, with a row for each peer and a column for each workload.

    Omits columns without measurements, and tables without rows.
    """
    results = {
        name: everything["results"][name] for name in workloads if name in everything["results"]}
    lines = []
    for shape, title in SHAPES.items():
        peers = [peer for peer in PEERS.values() if peer.shape == shape]
        names = [
            name for name, measured in results.items()
            if any(peer.name in measured for peer in peers)]
        rows = [
            (peer.label, [
                cell(name, results[name], peer) if peer.name in results[name] else "-"
                for name in names])
            for peer in peers if any(peer.name in results[name] for name in names)]
        if rows:
            columns = [f"{name} {WORKLOADS[name].title}" for name in names]
            lines += [f"**{title}**", ""] + _table(columns, rows) + [""]
    return lines


def _speed(workload, results, peer):
    text = rate(workload, results[peer.name]["rate"])
    _, middle, _ = quartiles(results[peer.name]["ratios"])
    return text if peer is peer.yardstick else f"{text}, {_ratio(middle)}"


def _spread(_, results, peer):
    low, middle, high = quartiles(results[peer.name]["ratios"])
    return f"{_ratio(middle)} ({_ratio(low)} to {_ratio(high)})"


def _instructions(_, results, peer):
    count = results[peer.name]["instructions"]
    base = results.get(peer.yardstick.name)
    text = _number(count)
    if base is None or peer is peer.yardstick:
        return text
    return f"{text}, {_ratio(count / base['instructions'])}"


def _plain(key, form):
    return lambda _, results, peer: form(results[peer.name][key])


def _allocations(_, results, peer):
    return f"{results[peer.name]['allocations']:.1f}"


def _memory(_, results, peer):
    size = results[peer.name]["resident"]
    return f"{size / 1000:.1f} kB" if size >= 1000 else f"{size:.0f} B"


def setting(everything):
    """Returns the machine, the versions and the date of the measurement."""
    machine = everything["machine"]
    versions = ", ".join(f"{name} {value}" for name, value in everything["versions"].items())
    return (
        f"{machine['Processor']}, {machine['Cores']} cores, {machine['System']}, "
        f"Linux {machine['Kernel']}, {machine['C compiler']}; {versions}; {machine['Date']}")


def full(everything):
    """Returns all results as Markdown."""
    lines = ["# Results", "", setting(everything), ""]

    def add(title, about, cell, workloads=_TIMED):
        tables = _tables(everything, cell, workloads)
        if tables:
            lines.extend([f"## {title}", "", about, ""] + tables)

    add(
        "Instructions", "Per operation (W3, W6: 16 KiB), by callgrind, and the ratio to raw C.",
        _instructions)
    add(
        "Allocations", "Per operation: malloc, calloc, realloc and related functions.",
        _allocations)
    add(
        "Bytes copied",
        "Per operation, by memcpy and related functions; excludes copies that a compiler inlined.",
        _plain("copied", lambda value: f"{value:,.0f}"))
    add(
        "Speed", "By CPU time of the process: median rate, and median ratio to raw C.",
        _speed)
    add(
        "Spread",
        f"Median and quartiles of the ratio to the preceding run of raw C, {everything['rounds']}"
        " rounds.", _spread)
    add(
        "Peak memory", "Of the timed process, in MiB; the runs of Python are shorter.",
        _plain("peak", lambda value: f"{value / _MEBIBYTE:.1f}"))
    add(
        "Memory",
        "Resident bytes per pair of connections, and per stream at both ends; in parentheses, per"
        " connection and per end.",
        _plain("resident", lambda value: f"{value:,.0f} ({value / 2:,.0f})"), _HELD)
    return "\n".join(lines)


def readme(everything):
    """Returns the README's tables: instructions, and the memory of idle connections and streams."""
    def cell(workload, results, peer):
        if WORKLOADS[workload].is_memory:
            return _memory(workload, results, peer)
        return _instructions(workload, results, peer).replace(", ", "<br>")

    lines = _tables(everything, cell, _TIMED + _HELD)
    return "\n".join(lines + [f"Measured on {setting(everything)}."])


def article(everything):
    """Returns the tables of Performance.md, which show allocations."""
    return "\n".join(_tables(everything, _allocations, _TIMED)[:-1])


def update(path, text):
    """Replaces the part of a file between its two markers."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise SystemExit(f"{path} has no lines {_BEGIN} and {_END}")
    path.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}", encoding="utf-8")
