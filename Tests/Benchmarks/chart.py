# SPDX-License-Identifier: MIT
"""Draws the chart: a panel for each workload, with a bar for each peer."""

import textwrap

import matplotlib

matplotlib.use("agg")

# pylint: disable=wrong-import-position
from matplotlib import pyplot  # noqa: E402

from peers import PEERS  # noqa: E402
from report import quartiles, rate, setting  # noqa: E402
from workloads import WORKLOADS  # noqa: E402

_COLUMNS = 2
# The chart shows these peers: the application shape, on the system's nghttp2.
_COLORS = {
    "h2-application": "#d9480f", "c-application": "#8a8f98", "c-tuned-application": "#b4b8bf",
    "nio-application": "#2f6fb2", "nio-streams-application": "#85b3df",
    "python-h2-application": "#3d8b5f", "jh2-application": "#8cc4a4",
}


def _panel(axes, workload, results):
    names = list(results)[::-1]
    # Bars show ratios, so that all panels share a scale; the labels show the rates.
    middles, errors = [], [[], []]
    for name in names:
        low, middle, high = quartiles(results[name]["ratios"])
        middles.append(middle)
        errors[0].append(middle - low)
        errors[1].append(high - middle)
    axes.barh(
        range(len(names)), middles, color=[_COLORS[name] for name in names], height=0.76,
        xerr=errors, error_kw={"ecolor": "#30343a", "elinewidth": 1})
    for row, name in enumerate(names):
        end = middles[row] + errors[1][row]
        text = f"{rate(workload, results[name]['rate'])}"
        if PEERS[name] is not PEERS[name].yardstick:
            text += f"  ×{middles[row]:.2f}" if middles[row] >= 0.1 else f"  ×{middles[row]:.2g}"
        axes.text(end + 0.02, row, text, va="center", fontsize=8.5, color="#1c1f23")
    axes.set_title(f"{workload}  {WORKLOADS[workload].title}", fontsize=10.5, loc="left")
    axes.axvline(1, color="#30343a", linewidth=0.6, linestyle=":")
    axes.set_xlim(0, max(1.0, *middles) * 1.62)
    axes.set_yticks(range(len(names)), [PEERS[name].label for name in names], fontsize=8.5)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)


def draw(everything, path):
    """Draws the application shape, in the format of the path's suffix."""
    shown = {}
    for workload, results in everything["results"].items():
        results = {name: result for name, result in results.items() if name in _COLORS}
        if results:
            shown[workload] = results
    if not shown:
        return
    # Reproducible output with searchable text.
    pyplot.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "H2", "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"]})
    columns = min(_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    peers = len(next(iter(shown.values())))
    figure, grid = pyplot.subplots(
        rows, columns, figsize=(4.6 * columns, (0.27 * peers + 0.75) * rows), squeeze=False,
        layout="constrained", sharey=True)
    for axes in grid.flat[len(shown):]:
        axes.set_visible(False)
    for axes, (workload, results) in zip(grid.flat, shown.items()):
        _panel(axes, workload, results)
    figure.suptitle(
        "Operations a second by CPU time in the application shape, client and server in one "
        "process;\n× is the ratio to raw nghttp2", fontsize=10.5, x=0.01, ha="left")
    figure.supxlabel(
        textwrap.fill(setting(everything), 72 * columns), fontsize=7, x=0.01, ha="left",
        color="#4a4f57")
    metadata = {"Date": None} if path.suffix == ".svg" else None
    figure.savefig(path, metadata=metadata, facecolor="white", dpi=110)
    pyplot.close(figure)
