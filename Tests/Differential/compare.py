# SPDX-License-Identifier: MIT
"""Holds the reports of the Swift half against what h2 did."""

import wire
from differences import DIFFERENCES
from oracle import FIELDS


class Result:
    """What came of a conversation."""

    def __init__(self):
        self.compared = 0
        # Names of the deliberate differences that were met, one for each step.
        self.hits = []
        # The turn that differs and how: (index, [(field, h2's, ours)]).
        self.failure = None


def compare(turns, reports):
    h2_wire, our_wire = wire.Wire(), wire.Wire()
    result = Result()
    frame_size = 16384
    for index, (turn, report) in enumerate(zip(turns, reports)):
        theirs, ours, frame_size = _fields(turn, report, frame_size, h2_wire, our_wire)
        result.compared += 1
        names, unexplained, ends = set(), [], False
        if turn.refusal:
            theirs["error"] = turn.refusal.error
            ours["error"] = ",".join(report[0].split(",")[:3])
            if turn.failure and ",local" in ours["error"]:
                # Both refuse it, each for a reason of its own.
                theirs["error"] = ours["error"]
            theirs["returned"] = ""
            if ours["error"] == theirs["error"]:
                names.add(turn.refusal.name)
        elif turn.raw is not None:
            for field, raw in zip(FIELDS[3:12], turn.raw):
                if raw != theirs[field] and theirs[field] == ours[field]:
                    names.add("misuse changes nothing: " + field + " after " + turn.verb)
        for field in FIELDS:
            if theirs[field] == ours[field]:
                continue
            for entry in DIFFERENCES:
                if field in entry.fields and entry.when(turn, ours, theirs):
                    names.add(entry.name)
                    ends = ends or entry.ends
                    break
            else:
                unexplained.append((field, theirs[field], ours[field]))
        result.hits.extend(names)
        if unexplained:
            result.failure = index, unexplained
            return result
        if ends:
            return result
    return result


def _fields(turn, report, frame_size, h2_wire, our_wire):
    """The fields of both in the same form."""
    if len(report) != len(FIELDS):
        raise SystemExit("a report has %d fields: %r" % (len(report), report))
    ours = dict(zip(FIELDS, report))
    theirs = dict(zip(FIELDS[3:12], turn.fields))
    failure = turn.failure
    theirs["error"] = str(failure) if failure else "-"
    if failure and ours["error"] != "-":
        kind, code, origin, stream_id, expected, actual = ours["error"].split(",")
        if failure.code is None:
            code = "-"
        ours["error"] = ",".join((kind, code, origin))
        if failure.expected is not None:
            ours["error"] += " %s of %s" % (actual, expected)
            # Ours are Int: no body is longer.
            theirs["error"] += " %s of %s" % (failure.actual, min(failure.expected, (1 << 63) - 1))
    else:
        ours["error"] = ",".join(ours["error"].split(",")[:3])
    theirs["events"] = turn.events
    theirs["pending"] = turn.pending

    table = 4096
    for part in turn.fields[7].split(";"):
        if part.startswith("1="):
            table = int(part[2:])
    limit = int(ours["frame size"].split(",")[0])
    h2_output, output = turn.output, bytes.fromhex(ours["output"])
    theirs["returned"] = turn.returned.decode("latin-1")
    if turn.verb in ("take", "clear"):
        returned = bytes.fromhex(ours["returned"])
        theirs["returned"] = ours["returned"] = ""
        if turn.verb == "take":
            # How much is pending depends on the compression of each side.
            wanted = turn.step[1]
            if len(returned) != max(0, min(wanted, len(returned) + len(output))):
                ours["returned"] = "%d bytes" % len(returned)
            theirs["pending"] = ours["pending"]
        h2_output, output = turn.returned + h2_output, returned + output
    theirs["output"] = "\n".join(h2_wire.read(h2_output, 1 << 30, table))
    ours["output"] = "\n".join(our_wire.read(output, max(frame_size, limit), table))
    return theirs, ours, limit
