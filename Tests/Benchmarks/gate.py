# SPDX-License-Identifier: MIT
"""Whether H2 still costs what it did, in instructions and allocations: see Scripts/speed-gate.

What is kept is not the cost but its ratio to raw C's in the same run, so that another nghttp2,
another C library or another processor changes both sides. Ratios may still differ between machines
by a little, as the processor decides which loops copy bytes: see measure.py.
"""

import argparse
import json
import sys

from forms import check_forms
from machine import libraries
from measure import cost, run
from peers import C_ABI, HERE, PEERS, YARDSTICK, build_counts
from workloads import WORKLOADS

_FILE = HERE / "gate.json"
# By how much a ratio may be worse than the kept one.
_TOLERANCE = 0.03
# And by how many allocations in each operation: one in 50 operations is no news.
_FEW_ALLOCATIONS = 0.02
_H2 = PEERS["h2"]
# What the C ABI may cost, beside the calls of Swift.
_C_ABI_LIMIT = 1.10


def _measured():
    """The ratios of each workload, and the costs that they come from."""
    ratios, costs = {}, {}
    for workload in WORKLOADS.values():
        if workload.is_memory:
            continue
        for peer in (YARDSTICK, _H2):
            run(peer, workload.name, workload.checked, is_full=True)
        raw, ours = (cost(peer, workload) for peer in (YARDSTICK, _H2))
        costs[workload.name] = raw, ours
        ratios[workload.name] = {
            "instructions": round(ours.instructions / raw.instructions, 4),
            # Where raw C allocates nothing, the number itself.
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
        f"{'':<4}{'instructions C':>14} {'H2':>8} {'ratio':>7} {'kept':>7}"
        f"{'allocations C':>14} {'H2':>8} {'ratio':>7} {'kept':>7}")
    for name in ratios:
        print(f"{name:<4}{cells(name, 'instructions', 0)}  {cells(name, 'allocations', 2)}")


def _compare(ratios, costs, kept):
    """The lines about what became worse, and about what became better."""
    worse, better = [], []
    for name, values in ratios.items():
        for what, new in values.items():
            old = kept.get(name, {}).get(what)
            if old is None:
                worse.append(f"{name}: no kept ratio of {what}: Scripts/speed-gate --update")
                continue
            slack = 0
            if what == "allocations":
                slack = _FEW_ALLOCATIONS / max(costs[name][0].allocations, 1)
            change = f"{(new / old - 1) * 100:+.1f} %" if old > 0 else f"{new - old:+.2f}"
            line = f"{name}: {what} are {new:.3f} of raw C's, kept is {old:.3f} ({change})"
            if new > old * (1 + _TOLERANCE) + slack:
                worse.append(line)
            elif new < old * (1 - _TOLERANCE) - slack:
                better.append(line)
    return worse, better


def _c_abi_is_dear(h2):
    """Whether a request of W1 costs too much through the C ABI."""
    workload = WORKLOADS["W1"]
    run(C_ABI, workload.name, workload.checked, is_full=True)
    ratio = cost(C_ABI, workload).instructions / h2.instructions
    print(
        f"W1 through the C ABI: {ratio:.3f} of the instructions in Swift, "
        f"at most {_C_ABI_LIMIT:.2f}")
    return ratio > _C_ABI_LIMIT


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true", help="keep the ratios as they are now")
    update = parser.parse_args().update

    build_counts()
    for peer in (YARDSTICK, _H2, C_ABI):
        peer.prepare()
    made = libraries()
    kept = json.loads(_FILE.read_text()) if _FILE.exists() else {"ratios": {}, "made with": {}}
    ratios, costs = _measured()
    _show(ratios, costs, kept["ratios"])

    if update:
        text = json.dumps({"made with": made, "ratios": ratios}, indent=2)
        _FILE.write_text(text + "\n")
        print(f"kept in {_FILE.name}")
        return 0
    if kept["made with"] not in ({}, made):
        print(f"kept with {kept['made with']}, but this is {made}: ratios may differ by that")
    worse, better = _compare(ratios, costs, kept["ratios"])
    for line in better:
        print(f"better, run Scripts/speed-gate --update: {line}")
    for line in worse:
        print(f"speed-gate: WORSE: {line}", file=sys.stderr)
    forms = check_forms()
    for line in forms:
        print(f"speed-gate: TOO MUCH: {line}", file=sys.stderr)
    is_dear = _c_abi_is_dear(costs["W1"][1])
    if is_dear:
        print("speed-gate: the C ABI costs too much", file=sys.stderr)
    return 1 if worse or forms or is_dear else 0


if __name__ == "__main__":
    sys.exit(main())
