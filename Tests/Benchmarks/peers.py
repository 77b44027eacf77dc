# SPDX-License-Identifier: MIT
"""The peers, and how each is built and started."""

import dataclasses
import json
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = TOP / "Tests" / "Benchmarks"
WORK = TOP / ".build-bench"
VENV = WORK / "venv"
_RAW = WORK / "c" / "raw"
COUNTS = WORK / "c" / "counts.so"
# The folder in which Scripts/nghttp2-release installs the newest release.
_NEWEST = TOP / ".build-nghttp2-sid" / "installed"


def _newest_nghttp2():
    """Returns the version in _NEWEST, or None if nothing is installed there."""
    try:
        text = (_NEWEST / "lib" / "pkgconfig" / "libnghttp2.pc").read_text()
    except FileNotFoundError:
        return None
    return re.search(r"^Version: (.*)$", text, re.MULTILINE).group(1)


NEWEST_NGHTTP2 = _newest_nghttp2()


def _run(*command):
    result = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False)
    if result.returncode != 0:
        sys.stderr.write(result.stdout)
        raise SystemExit(f"failed: {' '.join(str(part) for part in command)}")
    return result.stdout.strip()


def _swift(package, folder, product, *options):
    build = [
        "swift", "build", "-c", "release", "--package-path", package,
        "--scratch-path", WORK / folder, *options]
    _run(*build, "--product", product)
    return pathlib.Path(_run(*build, "--show-bin-path")) / product


def build_swift(product, configuration):
    """Builds a program of this package that is not a peer, and returns its path."""
    if configuration == "release":
        return _swift(HERE, "swift", product)
    build = ["swift", "build", "--package-path", HERE, "--scratch-path", WORK / "swift-debug"]
    # valgrind 3.19 may fail to read the debug information.
    build += ["-Xlinker", "--strip-debug"]
    _run(*build, "--product", product)
    return pathlib.Path(_run(*build, "--show-bin-path")) / product


def _build_raw():
    (WORK / "c").mkdir(parents=True, exist_ok=True)
    names = ("raw.c", "connection.c", "fields.c", "pool.c", "job.c")
    sources = [HERE / "C" / name for name in names]
    _run("cc", "-std=gnu11", "-O2", "-o", _RAW, *sources, "-lnghttp2")
    return [_RAW]


def build_counts():
    """Builds the library that is preloaded to count allocations and copies."""
    (WORK / "c").mkdir(parents=True, exist_ok=True)
    _run(
        "cc", "-std=gnu11", "-O2", "-fno-builtin", "-shared", "-fPIC", "-o", COUNTS,
        HERE / "C" / "counts.c", "-ldl")


def _build_h2():
    return [_swift(HERE, "swift", "bench-h2")]


def _build_c_abi():
    """Builds against the installed C library, found with pkg-config as in any C program."""
    prefix = WORK / "c" / "prefix"
    _run(TOP / "Scripts" / "install-c", "--prefix", prefix)
    flags = _run(
        "env", f"PKG_CONFIG_PATH={prefix}/lib/pkgconfig", "pkg-config", "--cflags", "--libs", "ch2")
    program = WORK / "c" / "ch2"
    sources = [HERE / "C" / name for name in ("ch2.c", "job.c")]
    _run("cc", "-std=gnu11", "-O2", "-o", program, *sources, *flags.split(), "-lnghttp2")
    return [program]


def _build_nio():
    # valgrind 3.19 fails on some kinds of debug information.
    return [_swift(HERE / "NIO", "nio", "bench-nio", "-Xlinker", "--strip-debug")]


def build_sockets():
    """Builds the program that compares H2NIO with swift-nio-http2 over a socket pair."""
    return [_swift(HERE / "NIO", "nio", "bench-sockets", "-Xlinker", "--strip-debug")]


def _build_python():
    """Builds nothing: Scripts/bench installs the packages."""
    return [VENV / "bin" / "python", "-B", HERE / "peer_python.py"]


def package_versions(peers):
    """Returns the versions of H2 and of the packages it is compared with."""
    versions = {"H2": _run("git", "-C", TOP, "describe", "--always", "--dirty")}
    if any(peer.library for peer in peers):
        versions["newest nghttp2"] = NEWEST_NGHTTP2
    if any(peer.build is _build_nio for peer in peers):
        pinned = json.loads((HERE / "NIO" / "Package.resolved").read_text())["pins"]
        versions.update({
            pin["identity"]: pin["state"].get("version", "unknown")
            for pin in pinned if pin["identity"] in ("swift-nio", "swift-nio-http2")})
    if any(peer.is_python for peer in peers):
        lines = _run(VENV / "bin" / "python", "-m", "pip", "freeze", "--all").splitlines()
        versions["Python"] = _run(VENV / "bin" / "python", "-V").removeprefix("Python ")
        versions.update(
            line.split("==") for line in lines if line.split("==")[0] in ("h2", "hpack", "jh2"))
    return versions


@dataclasses.dataclass(frozen=True)
class Peer:
    """A program, and one way to run it."""

    name: str
    label: str
    form: str
    # Builds the program and returns the beginning of its command line.
    build: object
    # The divisor of the number of timed operations.
    slowness: int = 1
    is_python: bool = False
    # The names of the workloads that the program supports; empty if it supports all.
    workloads: tuple = ()
    # The folder from which to load nghttp2; None for the system's nghttp2.
    library: object = None
    # The name of the yardstick; empty for raw C in the same shape.
    ratio_to: str = ""

    @property
    def shape(self):
        """The key of SHAPES: what the peer does for each message."""
        return "application" if self.form.endswith("application") else "prebuilt"

    @property
    def yardstick(self):
        """The peer by whose rate and instructions those of this peer are divided."""
        return PEERS[self.ratio_to or ("c-application" if self.shape == "application" else "c")]

    @property
    def environment(self):
        """The environment variables to set for its runs."""
        return {"LD_LIBRARY_PATH": str(self.library)} if self.library else {}

    def supports(self, workload):
        """Returns whether the peer is measured in the workload."""
        if self.workloads:
            return workload.name in self.workloads
        # The memory of idle connections and streams does not depend on the shape.
        return self.shape == "prebuilt" or not workload.is_memory

    def prepare(self):
        """Builds the program, once for all peers that share it."""
        if self.build not in _PREPARED:
            _PREPARED[self.build] = [str(part) for part in self.build()]
        if self.library:
            program = _PREPARED[self.build][0]
            loaded = _run("env", f"LD_LIBRARY_PATH={self.library}", "ldd", program)
            if f"=> {self.library}/libnghttp2.so" not in loaded:
                raise SystemExit(f"{program} does not load nghttp2 from {self.library}")

    def command(self, workload, operations, fields, is_full):
        command = _PREPARED[self.build] + [workload, str(operations), str(fields), self.form]
        return command + (["full"] if is_full else [])


_PREPARED = {}

# The titles of the tables, in order: what the peers of each shape do for each message.
SHAPES = {
    "application": "Application shape: fields are built for each message and looked up by name",
    "prebuilt": "Prebuilt sections: fields are sent again and only counted",
}


def _with_newest_nghttp2():
    """Returns the peers on the newest nghttp2; none if Scripts/nghttp2-release has not built it."""
    if NEWEST_NGHTTP2 is None:
        return []
    version = NEWEST_NGHTTP2.rpartition(".")[0]
    more = {"ratio_to": "c-new", "library": _NEWEST / "lib"}
    return [
        Peer("h2-new", f"H2, nghttp2 {version}", "application", _build_h2, **more),
        Peer("c-new", f"raw nghttp2 {version} in C", "application", _build_raw, **more),
    ]


_ALL = [
    Peer("h2-application", "H2", "application", _build_h2),
    Peer("c-application", "raw nghttp2 in C", "application", _build_raw),
    Peer("c-tuned-application", "raw nghttp2, tuned", "tuned-application", _build_raw),
    Peer("nio-application", "NIOHTTP2, frames", "frames-application", _build_nio, slowness=4),
    Peer(
        "nio-streams-application", "NIOHTTP2, streams", "streams-application", _build_nio,
        slowness=4),
    Peer(
        "python-h2-application", "Python h2", "h2-application", _build_python, slowness=100,
        is_python=True),
    Peer(
        "jh2-application", "Python jh2", "jh2-application", _build_python, slowness=60,
        is_python=True),
    *_with_newest_nghttp2(),
    Peer("h2", "H2", "blocks", _build_h2),
    Peer("h2-c", "H2 through its C ABI", "counts", _build_c_abi, workloads=("W1", "W2", "W4")),
    Peer("c", "raw nghttp2 in C", "counts", _build_raw),
    Peer("c-stores", "raw nghttp2, fields kept", "stores", _build_raw),
    Peer("c-tuned", "raw nghttp2, tuned", "tuned", _build_raw),
    Peer("nio", "NIOHTTP2, frames", "frames", _build_nio, slowness=4),
    Peer("nio-streams", "NIOHTTP2, streams", "streams", _build_nio, slowness=4),
    Peer("python-h2", "Python h2", "h2", _build_python, slowness=100, is_python=True),
    Peer("jh2", "Python jh2", "jh2", _build_python, slowness=60, is_python=True),
]
PEERS = {peer.name: peer for peer in _ALL}
