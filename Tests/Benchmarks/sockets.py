# SPDX-License-Identifier: MIT
"""Compares H2NIO with swift-nio-http2 over sockets: see Scripts/bench.

sockets.py CERTIFICATE KEY

Both ends run on one event loop thread. Each library is used in its fastest documented way; sections
are built for each message. The tasks of both run on H2NIO's executor, which is faster for
swift-nio-http2, too, than the default executor. The first table contains instructions and
allocations of the whole process over a socket pair, system calls not included; the second contains
the CPU time of the process, system calls included, over TLS on the loopback interface.
"""

import os
import statistics
import sys

from measure import cost, run
from peers import WORK, Peer, build_counts, build_sockets
from workloads import IN_FLIGHT, WORKLOADS

# A label, the form for H2NIO, that for swift-nio-http2, and the ratio and the allocations that
# H2NIO must not exceed: instructions one at a time, in flight, and allocations. None is no limit.
_ROWS = [
    ("handler, frames", "handler-built", "nio-frames-built", (1 / 4, 1 / 7, None)),
    ("async", "async-built", "nio-async-built", (1 / 8, 1 / 8, 1 / 6)),
    ("async, HTTP types", "types-built", "nio-types-built", (1 / 6, 1 / 6, 1 / 3)),
    ("async, client on another thread", "outside-built", "nio-outside-built", (1 / 4, 1 / 4, None)),
]
_WORKLOADS = (WORKLOADS["W1"], IN_FLIGHT)
# Over TLS: the CPU time of a request is the difference of two runs, a median of several rounds.
_TIMED = (1_000, 9_000)
_ROUNDS = 3


def _measured(form):
    peer = Peer(form, form, form, build_sockets)
    peer.prepare()
    costs = []
    for workload in _WORKLOADS:
        run(peer, workload.name, workload.checked)
        costs.append(cost(peer, workload))
    return costs


def _seconds(peer, workload):
    """Returns the CPU time of the process for each request, TLS handshake not included."""
    few, many = _TIMED
    before, after = (run(peer, workload.name, count)["seconds"] for count in (few, many))
    return (after - before) / (many - few)


def _timed(*forms):
    """Returns the median times of the forms for each workload, measured alternately."""
    peers = [Peer(form, form, form, build_sockets) for form in forms]
    for peer in peers:
        peer.prepare()
    sides = []
    for workload in _WORKLOADS:
        rounds = [[_seconds(peer, workload) for peer in peers] for _ in range(_ROUNDS)]
        sides.append([statistics.median(times) for times in zip(*rounds)])
    return list(zip(*sides))


def _tls_lines():
    yield "| CPU time over TLS | one at a time | 32 in flight |"
    yield "| --- | ---: | ---: |"
    for label, ours, theirs, _ in _ROWS:
        print(f"{label}, TLS", file=sys.stderr, flush=True)
        sides = _timed(f"{ours}-tls", f"{theirs}-tls")
        for name, times in zip(("H2NIO", "NIOHTTP2"), sides):
            cells = " | ".join(f"{time * 1e6:.1f} µs" for time in times)
            yield f"| {name}, {label} | {cells} |"
        ratios = " | ".join(f"1/{theirs / ours:.1f}" for ours, theirs in zip(*sides))
        yield f"| ratio | {ratios} |"


def main():
    os.environ["BENCH_CERTIFICATE"], os.environ["BENCH_KEY"] = sys.argv[1:]
    build_counts()
    lines = [
        "|  | one at a time | allocations | 32 in flight | allocations |",
        "| --- | ---: | ---: | ---: | ---: |"]
    above = []
    for label, ours, theirs, limits in _ROWS:
        print(f"{label}: {ours}, {theirs}", file=sys.stderr, flush=True)
        sides = [_measured(form) for form in (ours, theirs)]
        for name, side in zip(("H2NIO", "NIOHTTP2"), sides):
            cells = [
                text for took in side
                for text in (f"{took.instructions:,.0f}", f"{took.allocations:.1f}")]
            lines.append(f"| {name}, {label} | " + " | ".join(cells) + " |")
        (one, many), (their_one, their_many) = sides
        ratios = (
            one.instructions / their_one.instructions, many.instructions / their_many.instructions,
            one.allocations / their_one.allocations)
        lines.append(
            f"| ratio | 1/{1 / ratios[0]:.2f} | 1/{1 / ratios[2]:.2f} | 1/{1 / ratios[1]:.2f} | |")
        above += [
            f"{label}: the ratio is {ratio:.4f}, limit {limit:.4f}"
            for ratio, limit in zip(ratios, limits) if limit is not None and ratio > limit]
    text = "\n".join([*lines, "", *_tls_lines()]) + "\n"
    (WORK / "results").mkdir(parents=True, exist_ok=True)
    (WORK / "results" / "sockets.md").write_text(text)
    print(text)
    for line in above:
        print(f"bench: ABOVE LIMIT: {line}", file=sys.stderr)
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
