# SPDX-License-Identifier: MIT
"""Compares H2 with its peers in all workloads: see Scripts/bench."""

import argparse
import json
import statistics
import sys
from collections import defaultdict

import chart
import report
from machine import libraries, machine
from measure import cost, run
from peers import PEERS, TOP, WORK, build_counts, package_versions
from workloads import WORKLOADS

_RESULTS = WORK / "results"
_ROUNDS = 9
_QUICK_ROUNDS = 3
_README = TOP / "README.md"
_ARTICLE = TOP / "Sources" / "H2" / "Documentation.docc" / "Performance.md"
_CHART = _ARTICLE.parent / "Resources" / "benchmark.svg"


def _log(text):
    print(text, file=sys.stderr, flush=True)


def _arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--quick", action="store_true",
        help=f"run {_QUICK_ROUNDS} rounds instead of {_ROUNDS} and do not update the README")
    parser.add_argument("--only", metavar="W1,W5", help="run only these workloads")
    parser.add_argument("--peers", metavar="h2,c", help="run only these peers")
    arguments = parser.parse_args()

    def chosen(text, table):
        names = text.split(",") if text else list(table)
        for name in names:
            if name not in table:
                parser.error(f"unknown: {name}; choose from {', '.join(table)}")
        return [table[name] for name in names]

    return arguments, chosen(arguments.only, WORKLOADS), chosen(arguments.peers, PEERS)


def _timed(workload, peers, rounds):
    """Returns each peer's rates, their ratios to its yardstick's preceding run, and peak memory."""
    rates, ratios, peaks = defaultdict(list), defaultdict(list), {}

    def rate(peer):
        operations = max(workload.operations // peer.slowness, 1)
        result = run(peer, workload.name, operations)
        rates[peer.name].append(operations / result["seconds"])
        peaks.setdefault(peer.name, result["peak"])
        return rates[peer.name][-1]

    for _ in range(rounds):
        for peer in peers:
            if peer is not peer.yardstick:
                base = rate(peer.yardstick)
                ratios[peer.name].append(rate(peer) / base)
    for peer in peers:
        if not rates[peer.name]:
            for _ in range(rounds):
                rate(peer)
    return rates, ratios, peaks


def _measured(workload, peers, rounds):
    """Returns the measurements of each peer in a workload, after a run that checks every byte."""
    for peer in peers:
        run(peer, workload.name, workload.checked, is_full=True)
    if workload.is_memory:
        held = {}
        for peer in peers:
            result = run(peer, workload.name, workload.operations)
            held[peer.name] = {"resident": result["resident"] / workload.operations}
        return held
    rates, ratios, peaks = _timed(workload, peers, rounds)
    results = {}
    for peer in peers:
        took = cost(peer, workload)
        results[peer.name] = {
            "rate": statistics.median(rates[peer.name]),
            "rates": rates[peer.name],
            "ratios": ratios[peer.name] or [1.0],
            "instructions": took.instructions,
            "allocations": took.allocations,
            "copied": took.copied,
            "peak": peaks[peer.name],
        }
    return results


def main():
    arguments, workloads, peers = _arguments()
    rounds = _QUICK_ROUNDS if arguments.quick else _ROUNDS
    build_counts()
    _log("building")
    for peer in peers + [peer.yardstick for peer in peers]:
        peer.prepare()
    results = {}
    for workload in workloads:
        _log(f"{workload.name}: {workload.title}")
        results[workload.name] = _measured(
            workload, [peer for peer in peers if peer.supports(workload)], rounds)
    everything = {
        "machine": machine(),
        "versions": {**libraries(), **package_versions(peers)},
        "rounds": rounds,
        "results": results,
    }

    _RESULTS.mkdir(parents=True, exist_ok=True)
    (_RESULTS / "results.json").write_text(json.dumps(everything, indent=2) + "\n")
    (_RESULTS / "results.md").write_text(report.full(everything))
    chart.draw(everything, _RESULTS / "benchmark.svg")
    chart.draw(everything, _RESULTS / "benchmark.png")
    print(report.full(everything))
    if len(workloads) == len(WORKLOADS) and len(peers) == len(PEERS) and not arguments.quick:
        report.update(_README, report.readme(everything))
        report.update(_ARTICLE, report.article(everything))
        chart.draw(everything, _CHART)
        names = ", ".join(str(path.relative_to(TOP)) for path in (_README, _ARTICLE, _CHART))
        _log(f"updated {names}; all results: {_RESULTS}")
    else:
        _log(f"results: {_RESULTS}; README.md and Performance.md are updated only after a full run")


if __name__ == "__main__":
    main()
