# SPDX-License-Identifier: MIT
"""Checks that instructions and allocations have not increased: see Scripts/speed-gate.

The baseline is not the cost but its ratio to raw C's in the same run, because another nghttp2, C
library or processor changes both. Ratios may still differ slightly between machines, because the
processor determines which loops copy bytes: see measure.py.
"""

import argparse
import json
import sys

from forms import check_forms
from machine import libraries
from measure import cost, run
from peers import HERE, PEERS, build_counts
from workloads import QUEUED, WORKLOADS

_FILE = HERE / "gate.json"
# The relative increase of a ratio that is tolerated.
_TOLERANCE = 0.03
# The additional allocations per operation that are tolerated: one in 50 operations.
_FEW_ALLOCATIONS = 0.02
# Each peer that is compared with its yardstick, the suffix of its row names, and its workloads.
_WATCHED = [
    (PEERS["h2"], "", ("W1", "W2", "W3", "W4", "W5", "W6")),
    (PEERS["h2-application"], " application", ("W1", "W2", "W4", "W5")),
    (PEERS["h2-c"], " C ABI", ("W1", "W2", "W4")),
]


def _measured():
    """Returns the ratios of each row, and the costs they were computed from."""
    ratios, costs = {}, {}
    rows = [
        (WORKLOADS[name].name + suffix, (peer.yardstick, WORKLOADS[name]), (peer, WORKLOADS[name]))
        for peer, suffix, names in _WATCHED for name in names]
    # The same bytes, which raw C sends with its own code for windows.
    rows.append(("W7", (PEERS["c"], WORKLOADS["W3"]), (PEERS["h2"], QUEUED)))
    for row, *sides in rows:
        for peer, workload in sides:
            run(peer, workload.name, workload.checked, is_full=True)
        raw, ours = (cost(*side) for side in sides)
        costs[row] = raw, ours
        ratios[row] = {
            "instructions": round(ours.instructions / raw.instructions, 4),
            # If raw C allocates nothing, this is H2's own number.
            "allocations": round(ours.allocations / max(raw.allocations, 1), 4),
        }
    return ratios, costs


def _show(ratios, costs, kept):
    def cells(name, what, digits):
        raw, ours = (getattr(side, what) for side in costs[name])
        old = kept.get(name, {}).get(what)
        return (
            f"{raw:>12,.{digits}f} {ours:>10,.{digits}f} {ratios[name][what]:>7.3f} "
            + (f"{old:>7.3f}" if old is not None else f"{'-':>7}"))

    print(
        f"{'':<15}{'instructions C':>14} {'H2':>8} {'ratio':>7} {'base':>7}"
        f"{'allocations C':>14} {'H2':>8} {'ratio':>7} {'base':>7}")
    for name in ratios:
        print(f"{name:<15}{cells(name, 'instructions', 0)}  {cells(name, 'allocations', 2)}")


def _compare(ratios, costs, kept):
    """Returns the lines about increased ratios, and those about decreased ones."""
    worse, better = [], []
    for name, values in ratios.items():
        for what, new in values.items():
            old = kept.get(name, {}).get(what)
            if old is None:
                worse.append(f"{name}: no baseline for {what}: run Scripts/speed-gate --update")
                continue
            slack = 0
            if what == "allocations":
                slack = _FEW_ALLOCATIONS / max(costs[name][0].allocations, 1)
            change = f"{(new / old - 1) * 100:+.1f} %" if old > 0 else f"{new - old:+.2f}"
            line = f"{name}: {what} are {new:.3f} of raw C's, baseline {old:.3f} ({change})"
            if new > old * (1 + _TOLERANCE) + slack:
                worse.append(line)
            elif new < old * (1 - _TOLERANCE) - slack:
                better.append(line)
    return worse, better


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true", help="store the new baseline")
    update = parser.parse_args().update

    build_counts()
    for peer in [side for peer, *_ in _WATCHED for side in (peer, peer.yardstick)]:
        peer.prepare()
    made = libraries()
    kept = json.loads(_FILE.read_text()) if _FILE.exists() else {"ratios": {}, "made with": {}}
    ratios, costs = _measured()
    _show(ratios, costs, kept["ratios"])

    if update:
        text = json.dumps({"made with": made, "ratios": ratios}, indent=2)
        _FILE.write_text(text + "\n")
        print(f"baseline written to {_FILE.name}")
        return 0
    if kept["made with"] not in ({}, made):
        print(f"baseline from {kept['made with']}, this run uses {made}: ratios may differ")
    worse, better = _compare(ratios, costs, kept["ratios"])
    for line in better:
        print(f"improved, update the baseline with Scripts/speed-gate --update: {line}")
    for line in worse:
        print(f"speed-gate: INCREASED: {line}", file=sys.stderr)
    forms = check_forms()
    for line in forms:
        print(f"speed-gate: OVER LIMIT: {line}", file=sys.stderr)
    return 1 if worse or forms else 0


if __name__ == "__main__":
    sys.exit(main())
