# SPDX-License-Identifier: MIT
"""Counts the states, frames and calls reached: each cell must occur at least once."""

import collections

import wire
from python_h2 import KINDS
from steps import VERBS

_FRAMES = wire.NAMES + ("unknown",)
_STREAM_FRAMES = tuple(n for n in _FRAMES if n not in ("SETTINGS", "PING", "GOAWAY"))
_STREAM_CALLS = ("hdr", "dat", "enq", "end", "rst", "push", "alts", "prio", "ack", "inc")
_CALLS = tuple(v for v in VERBS if v not in ("open", "recv", "nothing", "prune"))
_FLAGS = {
    "DATA": ("END_STREAM", "PADDED"),
    "HEADERS": ("END_STREAM", "END_HEADERS", "PADDED", "PRIORITY"),
    "SETTINGS": ("ACK",), "PING": ("ACK",), "PUSH_PROMISE": ("END_HEADERS", "PADDED"),
    "CONTINUATION": ("END_HEADERS",),
}
_STREAM_STATES = (
    "idle", "open", "half_closed_remote", "half_closed_local", "closed by send_end_stream",
    "closed by recv_end_stream", "closed by send_rst_stream", "closed by recv_rst_stream")

# Cells that cannot occur, and why: (table, role, row, column, reason), with "*" for any.
UNREACHABLE = (
    ("error", "*", "noAvailableStreamID", "remote", "only a call requests a stream identifier"),
    ("error", "*", "notPermitted", "remote", "only a call sets priorities"),
    ("error", "client", "notPermitted", "local", "a client may set priorities"),
    ("error", "*", "invalidArgument", "remote", "only a call has arguments"),
    ("error", "*", "frameDataMissing", "local", "only received frames are parsed"),
    ("error", "*", "denialOfService", "local", "it reports an attack by the peer"),
    ("error", "*", "invalidBodyLength", "local", "h2 does not check sent bodies"),
    ("error", "client", "tooManyStreams", "remote", "h2 does not count pushed streams"),
    ("call", "*", "take", "refused", "it never fails"),
    ("call", "*", "clear", "refused", "it never fails"),
    ("call", "client", "push", "done", "only a server pushes"),
    ("call", "client", "alto", "done", "only a server advertises"),
    ("call", "client", "alts", "done", "only a server advertises"),
    ("call", "client", "ups", "done", "it is a server's call"),
    ("call", "server", "upc", "done", "it is a client's call"),
    ("call", "server", "prio", "done", "only a client prioritizes"),
    ("flag", "*", "HEADERS", "none", "h2 sets END_HEADERS on a complete field block"),
    ("flag", "*", "PUSH_PROMISE", "none", "h2 sets END_HEADERS on a complete field block"),
)


def _kind(frame):
    return wire.name(frame.type)


class Coverage:
    def __init__(self):
        self.cells = collections.Counter()

    def add(self, turns):
        for turn in turns:
            role = turn.role
            if not turn.receives or turn.verb == "open":
                self.cells["connection", role, turn.state, turn.verb] += 1
                if turn.target is not None:
                    self.cells["stream", role, _state(turn.target), turn.verb] += 1
                outcome = "refused" if turn.failure or turn.refused else "done"
                self.cells["call", role, turn.step[1] if turn.verb == "open" else turn.verb,
                           outcome] += 1
            for frame, stream_state, connection_state in turn.trace:
                kind = _kind(frame)
                self.cells["connection", role, connection_state, kind] += 1
                self.cells["stream", role, _state(stream_state), kind] += 1
                flags = frame.flags if kind in _FLAGS else ()
                for flag in flags:
                    self.cells["flag", role, kind, flag] += 1
                if not flags and kind in _FLAGS:
                    self.cells["flag", role, kind, "none"] += 1
            if turn.failure:
                self.cells["error", role, turn.failure.kind, turn.failure.origin] += 1

    def update(self, other):
        self.cells.update(other.cells)

    def report(self):
        """Prints the tables; returns the empty cells."""
        empty = []
        for role in ("client", "server"):
            own = role + "_open"
            reserved = "reserved_remote" if role == "client" else "reserved_local"
            tables = (
                ("connection", ("idle", own, "closed"), _FRAMES + _CALLS),
                ("stream", _STREAM_STATES + (reserved,), _STREAM_FRAMES + _STREAM_CALLS),
                ("flag", tuple(_FLAGS), None),
                ("call", _CALLS, ("done", "refused")),
                ("error", tuple(dict.fromkeys(KINDS.values())), ("local", "remote")),
            )
            for table, rows, columns in tables:
                print("\n%s, %s under test" % (table, role))
                for row in rows:
                    names = columns or _FLAGS[row] + ("none",)
                    parts = []
                    for column in names:
                        count = self.cells[table, role, row, column]
                        reason = unreachable(table, role, row, column)
                        if count == 0 and reason is None:
                            empty.append((table, role, row, column))
                        parts.append("%s %s" % (column, count or ("-" if reason else "EMPTY")))
                    print("  %-26s %s" % (row, "  ".join(parts)))
        return empty


def _state(name):
    return name.removeprefix("pruned, ")


def unreachable(table, role, row, column):
    for entry in UNREACHABLE:
        if entry[0] == table and all(
                a == "*" or a == b for a, b in zip(entry[1:4], (role, row, column))):
            return entry[4]
    return None
