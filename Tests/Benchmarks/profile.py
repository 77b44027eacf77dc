# SPDX-License-Identifier: MIT
"""Prints the functions that execute the instructions of one operation:
python3 -B Tests/Benchmarks/profile.py [W1 [h2]]

The numbers are the difference of two runs under callgrind. Inlined code counts toward the function
it was inlined into. Functions inside nghttp2 have names only if its debug symbols are installed.
"""

import collections
import re
import subprocess
import sys

from measure import callgrind
from peers import PEERS, WORK
from workloads import WORKLOADS

_ROWS = 45
_LINE = re.compile(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*?):(\S.*?)(?: \[(.*)\])?$")
# The library of each function.
_LIBRARIES = {}


def _functions(peer, workload, operations):
    path = WORK / "callgrind.out"
    callgrind(peer, workload, operations, path)
    text = subprocess.run(
        ["callgrind_annotate", "--threshold=100", "--auto=no", path], capture_output=True,
        text=True, check=True).stdout
    totals = collections.Counter()
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            count, _, function, library = match.groups()
            totals[function] += int(count.replace(",", ""))
            # Lines for code inlined from another file name no library.
            if library:
                _LIBRARIES[function] = library.rsplit("/", 1)[-1]
    return totals


def main():
    workload = sys.argv[1] if len(sys.argv) > 1 else "W1"
    peer = PEERS[sys.argv[2] if len(sys.argv) > 2 else "h2"]
    peer.prepare()
    few, many = WORKLOADS[workload].counted
    totals = _functions(peer, workload, many)
    totals.subtract(_functions(peer, workload, few))

    libraries = collections.Counter()
    for function, count in totals.items():
        libraries[_LIBRARIES.get(function, "?")] += count
    print(f"{peer.name}, instructions per {WORKLOADS[workload].unit} of {workload}")
    for library, count in libraries.most_common(8):
        print(f"{count / (many - few):10.0f}  {library}")
    print()
    lines = [
        f"{count / (many - few):10.0f}  {_LIBRARIES.get(function, '?')[:16]:<16}  {function}"
        for function, count in totals.most_common(_ROWS)]
    names = subprocess.run(
        ["swift", "demangle", "--simplified"], input="\n".join(lines), capture_output=True,
        text=True, check=True).stdout
    print("\n".join(line[:180] for line in names.splitlines()))


if __name__ == "__main__":
    main()
