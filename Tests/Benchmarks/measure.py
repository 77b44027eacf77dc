# SPDX-License-Identifier: MIT
"""Runs a peer and measures its cost."""

import dataclasses
import json
import os
import re
import subprocess
import tempfile

from peers import COUNTS, WORK
from workloads import expected, write_fields

# For all runs of all peers. Above a size that depends on the processor, glibc copies with
# `rep movsb` and fills with `rep stosb`. callgrind counts each byte of these as an instruction, and
# on some processors they are many times slower at certain addresses. With these thresholds, glibc
# uses loops over vector registers, whose time and instructions are proportional to the bytes.
# Under callgrind, glibc always detects the same processor with AVX2, so all machines with AVX2 run
# the same loops.
_TUNABLES = ":".join(
    f"glibc.cpu.x86_{name}_threshold=1000000000" for name in ("rep_movsb", "rep_stosb"))
_ENVIRONMENT = {
    "GLIBC_TUNABLES": _TUNABLES,
    # The same hashes in each run.
    "PYTHONHASHSEED": "0",
    "SWIFT_DETERMINISTIC_HASHING": "1",
    "SWIFT_BACKTRACE": "enable=no",
}
_TIMEOUT = 900


@dataclasses.dataclass(frozen=True)
class Cost:
    """The cost of one operation."""

    instructions: float
    allocations: float
    copied: float


def _start(command, **more):
    environment = {**os.environ, **_ENVIRONMENT, **more}
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if result.returncode != 0:
        raise SystemExit(
            f"status {result.returncode}: {' '.join(command)}\n{result.stderr[-2000:]}")
    return result


def _command(peer, workload, operations, is_full=False):
    path = WORK / "fields" / f"{workload}.txt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_fields(workload, path)
    return peer.command(workload, operations, path, is_full)


def _checked(peer, workload, operations, is_full, text):
    result = json.loads(text)
    everything = expected(workload, operations, is_full, peer.shape)
    for side, right in everything.items():
        if result[side] != right:
            raise SystemExit(
                f"{peer.name} {workload}: {side} are {result[side]}, expected {right}")
    return result


def run(peer, workload, operations, is_full=False):
    """Runs a peer, checks that everything arrived, and returns the results it printed."""
    command = _command(peer, workload, operations, is_full)
    output = _start(command, **peer.environment).stdout
    return _checked(peer, workload, operations, is_full, output)


def instructions(command, path="/dev/null", **environment):
    """Returns the process's instructions and output; callgrind writes its profile to path."""
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={path}"]
    result = _start(valgrind + command, **environment)
    return int(re.search(r"Collected : (\d+)", result.stderr).group(1)), result.stdout


def callgrind(peer, workload, operations, path="/dev/null"):
    """Returns the instructions of a run, after checking its output."""
    command = _command(peer, workload, operations)
    count, output = instructions(command, path, **peer.environment)
    _checked(peer, workload, operations, False, output)
    return count


def counts(peer, workload, operations):
    """Returns the allocations and the bytes copied by the whole process."""
    with tempfile.NamedTemporaryFile("r") as file:
        # Python allocates each object with malloc instead of from its own pools.
        result = _start(
            _command(peer, workload, operations), LD_PRELOAD=str(COUNTS), BENCH_COUNTS=file.name,
            PYTHONMALLOC="malloc", **peer.environment)
        _checked(peer, workload, operations, False, result.stdout)
        return [int(word) for word in file.read().split()]


def cost(peer, workload):
    """Returns the cost of one operation: the difference of two runs, which excludes startup."""
    few, many = workload.counted
    if peer.is_python:
        few, many = few // 2, few // 2 + (many - few) // 5

    def per_operation(function):
        before, after = (function(peer, workload.name, count) for count in (few, many))
        return [(b - a) / (many - few) for a, b in zip(before, after)]

    def collected(*run):
        return [callgrind(*run)]

    return Cost(*per_operation(collected), *per_operation(counts))
