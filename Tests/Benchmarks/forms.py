# SPDX-License-Identifier: MIT
"""Counts the instructions of common operations on H2Bytes and H2Headers: see gate.py.

Without its fast path, an operation takes tens of instructions per byte in an optimized build, and
thousands in a debug build. The limits allow for other compilers, but not for a lost fast path.
"""

from measure import instructions
from peers import build_swift

_BYTES = 16384
_FIELDS = 1000
_LOOKUPS = 500
# Form, units per run, and maximum instructions per unit in optimized and debug builds.
_FORMS = [
    ("array", _BYTES, 0.5, 0.5),
    ("append", _BYTES, 0.5, 0.5),
    ("equal", _BYTES, 0.5, 0.5),
    ("iterate", _BYTES, 12, 300),
    ("subscript", _BYTES, 50, None),
    ("slices", _BYTES, 20, None),
    # Each removal moves 500 fields on average.
    ("remove", _FIELDS, 8000, None),
    # Building a request of 10 fields, including its allocation, with names of type H2FieldName or
    # String.
    ("build", _FIELDS, 310, 11_000),
    ("build-strings", _FIELDS, 400, 12_500),
    ("literal", _FIELDS, 600, 14_000),
    ("literal-strings", _FIELDS, 660, 15_000),
    # Looking up five fields. One is missing, and two of the four String values need an allocation.
    ("lookup", _LOOKUPS, 400, 4_000),
    ("lookup-strings", _LOOKUPS, 430, 6_500),
]


def _per_unit(program, form, units):
    few, many = (instructions([program, form, str(times)])[0] for times in (2, 6))
    return (many - few) / 4 / units


def check_forms():
    """Measures each form, prints a table, and returns a line for each form over its limit."""
    worse = []
    print(f"\n{'form':<12}{'optimized':>12} {'limit':>7}{'debug':>12} {'limit':>7}")
    programs = [str(build_swift("bench-forms", kind)) for kind in ("release", "debug")]
    for form, units, *limits in _FORMS:
        cells = f"{form:<12}"
        for program, limit, kind in zip(programs, limits, ("optimized", "debug")):
            if limit is None:
                cells += f"{'-':>12} {'-':>7}"
                continue
            cost = _per_unit(program, form, units)
            cells += f"{cost:>12,.2f} {limit:>7}"
            if cost > limit:
                worse.append(f"{form}, {kind}: {cost:.2f} instructions per unit, limit {limit}")
        print(cells)
    return worse
