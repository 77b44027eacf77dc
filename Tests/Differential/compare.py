# SPDX-License-Identifier: MIT
"""Compares the reports of h2steps with h2's results."""

import wire
from allowed.conditions import windows
from allowed.differing_fields import DIFFERING_FIELDS
from allowed.refused_input import REFUSED_INPUT
from python_h2 import FIELDS

# The fields that `PythonH2.observe` returns.
OBSERVED = FIELDS[3:14]


class Result:
    """The result of a conversation."""

    def __init__(self):
        self.compared = 0
        # The names of the allowed differences that occurred, once for each step.
        self.hits = []
        # Steps in which anything differs.
        self.differing = set()
        # The first step that differs and must be split to find the frame that differs.
        self.to_split = None
        # The turn that differs and its differences: (index, [(field, h2's value, H2's value)]).
        self.failure = None


def compare(turns, reports, plan):
    h2_wire, our_wire = wire.Wire(), wire.Wire()
    result = Result()
    frame_size, before, fatal = 16384, None, None
    for index, (turn, report) in enumerate(zip(turns, reports)):
        theirs, ours, frame_size = _fields(turn, report, frame_size, h2_wire, our_wire)
        turn.before, turn.fatal, before = before, fatal, ours
        if ",remote" in ours["error"]:
            fatal = ours["error"].split(" ")[0]
        if plan.is_fine(index):
            _compare_pending(turn, ours, theirs)
        names = _apply_to_call(turn, ours, theirs)
        differing = [f for f in FIELDS if theirs[f] != ours[f]]
        if differing:
            result.differing.add(index)
            if not plan.is_fine(index):
                result.to_split = index
                return result
        result.compared += 1
        unexplained, ends = _explain(turn, ours, theirs, differing, names)
        result.hits.extend(names)
        if unexplained:
            result.failure = index, unexplained
        if unexplained or ends:
            return result
    return result


def _apply_to_call(turn, ours, theirs):
    """Applies patches, refused calls and misuse; returns the names of those that occurred."""
    names = set(turn.patches)
    if turn.refused:
        if theirs["error"] != turn.refused.error == ours["error"]:
            names.add(turn.refused.name)
        theirs["error"] = turn.refused.error
        if turn.failure and ",local" in ours["error"]:
            # Both refuse the call, each with its own error.
            theirs["error"] = ours["error"]
        theirs["returned"] = ""
    elif turn.raw is not None:
        for field, raw in zip(OBSERVED, turn.raw):
            if raw != theirs[field] and theirs[field] == ours[field]:
                names.add("misuse changes nothing: " + field + " after " + turn.verb)
    return names


def _explain(turn, ours, theirs, differing, names):
    """Finds the allowed differences of a step, and adds their names to `names`.

    Returns the fields that no allowed difference explains, and whether the conversation ends."""
    if "error" in differing or "events" in differing:
        for entry in REFUSED_INPUT:
            if not turn.was_dead and entry.when(turn, ours, theirs):
                names.add(entry.name)
                return entry.unexpected(turn, ours), True
    unexplained, ends = [], False
    for field in differing:
        for entry in DIFFERING_FIELDS:
            if field == entry.field and entry.when(turn, ours, theirs):
                names.add(entry.name)
                ends = ends or entry.ends
                break
        else:
            unexplained.append((field, theirs[field], ours[field]))
    return unexplained, ends


def _fields(turn, report, frame_size, h2_wire, our_wire):
    """Returns the fields of both libraries in the same form."""
    if len(report) != len(FIELDS):
        raise SystemExit("a report has %d fields: %r" % (len(report), report))
    ours = dict(zip(FIELDS, report))
    theirs = dict(zip(OBSERVED, turn.fields))
    failure = turn.failure
    theirs["error"] = str(failure) if failure else "-"
    if failure and ours["error"] != "-" and not turn.refused:
        kind, code, origin, stream_id, expected, actual = ours["error"].split(",")
        if failure.code is None:
            code = "-"
        ours["error"] = ",".join((kind, code, origin))
        if failure.expected is not None:
            ours["error"] += " %s of %s" % (actual, expected)
            # H2's lengths are Int, so h2's are capped at its maximum.
            theirs["error"] += " %s of %s" % (failure.actual, min(failure.expected, (1 << 63) - 1))
    else:
        ours["error"] = ",".join(ours["error"].split(",")[:3])
    theirs["events"] = turn.events
    theirs["pending"] = turn.pending
    _drop_unknown(ours, theirs)

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
            # The number of pending bytes depends on each library's compression.
            wanted = turn.step[1]
            if len(returned) != max(0, min(wanted, len(returned) + len(output))):
                ours["returned"] = "%d bytes" % len(returned)
            theirs["pending"] = ours["pending"]
        h2_output, output = turn.returned + h2_output, returned + output
    theirs["output"] = _output(
        h2_wire.read(h2_output, 1 << 30, table), theirs, getattr(failure, "code", None))
    code = report[0].split(",")[1] if ours["error"] != "-" else None
    ours["output"] = _output(our_wire.read(output, max(frame_size, limit), table), ours, code)
    return theirs, ours, limit


def _drop_unknown(ours, theirs):
    """Removes what h2's connection does not tell."""
    if theirs["available"] == "-":
        ours["available"] = "-"
    known = windows(theirs["sendable"])
    ours["sendable"] = "".join(
        "%s=%s;" % pair for pair in windows(ours["sendable"]).items() if pair[0] in known)


def _compare_pending(turn, ours, theirs):
    """If all output is compared, `pending` need not be."""
    if turn.verb not in ("take", "clear") and all(
            side["pending"] == "01"[side["output"] != ""] for side in (ours, theirs)):
        theirs["pending"] = ours["pending"]


def _output(frames, fields, code):
    """Returns the frames as one text.

    A GOAWAY that contains the code of the error and the highest stream is shortened, because both
    are compared as fields."""
    if frames and code is not None and ",remote" in fields["error"]:
        last = fields["highest"].split(",")[0]
        if frames[-1] == "GOAWAY last %s code %d data " % (last, int(code)):
            frames[-1] = "GOAWAY of the error"
    return "\n".join(frames)
