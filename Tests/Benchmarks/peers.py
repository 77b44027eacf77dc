# SPDX-License-Identifier: MIT
"""Who is measured, and how each is built and started."""

import dataclasses
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = TOP / "Tests" / "Benchmarks"
WORK = TOP / ".build-bench"
VENV = WORK / "venv"
_RAW = WORK / "c" / "raw"
COUNTS = WORK / "c" / "counts.so"


def _run(*command):
    result = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False)
    if result.returncode != 0:
        sys.stderr.write(result.stdout)
        raise SystemExit(f"failed: {' '.join(str(part) for part in command)}")
    return result.stdout.strip()


def _swift(package, folder, product):
    build = [
        "swift", "build", "-c", "release", "--package-path", package,
        "--scratch-path", WORK / folder]
    _run(*build, "--product", product)
    return pathlib.Path(_run(*build, "--show-bin-path")) / product


def _build_raw():
    (WORK / "c").mkdir(parents=True, exist_ok=True)
    sources = [HERE / "C" / name for name in ("raw.c", "job.c")]
    # The newest of its kind: what CFLAGS a packager would use.
    _run("cc", "-std=gnu11", "-O2", "-o", _RAW, *sources, "-lnghttp2")
    return [_RAW]


def build_counts():
    """What is preloaded to count allocations and copies."""
    (WORK / "c").mkdir(parents=True, exist_ok=True)
    _run(
        "cc", "-std=gnu11", "-O2", "-fno-builtin", "-shared", "-fPIC", "-o", COUNTS,
        HERE / "C" / "counts.c", "-ldl")


def _build_h2():
    return [_swift(HERE, "swift", "bench-h2")]


@dataclasses.dataclass(frozen=True)
class Peer:
    """A program, and one way to run it."""

    name: str
    label: str
    form: str
    # Makes it, and returns how its command begins.
    build: object
    # How many operations of raw C take the time of one here, about.
    slowness: float = 1

    def prepare(self):
        """Builds it; peers that are the same program are built once."""
        if self.build not in _PREPARED:
            _PREPARED[self.build] = [str(part) for part in self.build()]

    def command(self, workload, operations, fields, is_full):
        command = _PREPARED[self.build] + [workload, str(operations), str(fields), self.form]
        return command + (["full"] if is_full else [])


_PREPARED = {}

_ALL = [
    Peer("c", "raw nghttp2 in C, fields counted", "counts", _build_raw),
    Peer("c-stores", "raw nghttp2 in C, fields stored", "stores", _build_raw),
    Peer("h2", "H2", "blocks", _build_h2),
    Peer("h2-strings", "H2, as in its README, all fields as String", "strings", _build_h2),
]
PEERS = {peer.name: peer for peer in _ALL}
YARDSTICK = PEERS["c"]
