# SPDX-License-Identifier: MIT
"""Runs a conversation with h2, and records all that comparing each step requires."""

import wire
from allowed import patch
from allowed.refused_calls import refused_call
from python_h2 import PythonH2, event_text

# The index of the argument that is the stream of a call.
_TARGET = {
    "hdr": 1, "dat": 1, "enq": 1, "end": 1, "rst": 1, "push": 1, "alts": 2, "prio": 1, "ack": 2,
    "inc": 2}


class Turn:
    """A step and its results in h2."""

    __slots__ = (
        "step", "drains", "streams", "failure", "returned", "events", "fields", "raw", "pending",
        "output", "role", "setup", "state", "target", "was_dead", "was_initiated", "trace",
        "bad_header", "refused", "before", "fatal", "patches", "had_settings", "block",
        "is_partial", "lowered_table")

    @property
    def verb(self):
        return self.step[0]

    @property
    def receives(self):
        return self.step[0] in ("recv", "open")

    @property
    def last(self):
        """The last frame h2 processed: (frame, its stream's state, the connection's state)."""
        return self.trace[-1] if self.trace else None


def converse(setup, source):
    """Performs the steps of `source` with h2; returns a turn for each."""
    python_h2 = PythonH2(setup)
    source.begin(python_h2)
    turns = []
    while True:
        found = source.next_step()
        if found is None:
            return turns
        turns.append(_take_turn(python_h2, source, *found))


def _take_turn(python_h2, source, step, drains):
    turn = Turn()
    connection = python_h2.connection
    turn.role, turn.setup = python_h2.setup.role, python_h2.setup
    turn.step, turn.drains = step, drains
    turn.state = connection.state_machine.state.name.lower()
    turn.was_dead, turn.was_initiated = python_h2.is_dead, python_h2.initiated
    turn.target = None
    if step[0] in _TARGET:
        turn.target = connection.stream_state(step[_TARGET[step[0]]])
    turn.had_settings = python_h2.has_settings
    turn.lowered_table = any(
        key == 1 and value < 4096
        for past in python_h2.past + [step] if past[0] == "set" for key, value in past[1]
    ) or any(key == 1 and value < 4096 for key, value in python_h2.setup.settings)
    turn.refused = refused_call(python_h2, step)
    past = len(python_h2.past)
    turn.failure, turn.returned, events = python_h2.perform(step)
    turn.trace = connection.trace
    if python_h2.setup.settings and python_h2.initiated:
        connection.record_waiting()
    turn.patches = set() if turn.refused else set(patch.counted)
    for frame, _, _ in turn.trace:
        python_h2.has_settings |= frame.type == wire.SETTINGS and "ACK" not in frame.flags
    turn.bad_header = _bad_header(connection, turn)
    turn.events = "".join(event_text(e, python_h2.client) + "|" for e in events)
    block = connection.incoming_buffer._headers_buffer
    turn.block = block[0] if block else None
    turn.is_partial = len(connection.incoming_buffer._data) >= 9
    source.record(events)
    turn.raw = None
    if turn.refused or turn.failure and turn.failure.origin == "local":
        turn.streams = python_h2.watched()
        turn.raw = python_h2.observe(turn.streams)
        del python_h2.past[past:]
        python_h2.is_dead = turn.was_dead
        python_h2.initiated = turn.was_initiated
        python_h2.has_settings = turn.had_settings
        python_h2.roll_back()
        if turn.refused:
            turn.events = ""
    turn.streams = python_h2.watched()
    if turn.raw is not None:
        turn.raw[-2:] = python_h2.observe(turn.streams)[-2:]
    turn.pending = "01"[bool(python_h2.connection._data_to_send)]
    turn.fields = python_h2.observe(turn.streams)
    turn.output = python_h2.drain() if drains else b""
    return turn


def _bad_header(connection, turn):
    """Returns (length, kind, flags, stream) of a frame that h2 could not parse, or None."""
    if not turn.receives or turn.failure is None:
        return None
    data = bytes(connection.incoming_buffer._data[:9])
    if len(data) < 9:
        return None
    return (
        int.from_bytes(data[:3], "big"), data[3], data[4],
        int.from_bytes(data[5:9], "big") & 0x7fffffff)


class KnownSteps:
    """Given steps, instead of generated ones."""

    def __init__(self, steps):
        self._steps = list(steps)

    def begin(self, python_h2):
        pass

    def next_step(self):
        return self._steps.pop(0) if self._steps else None

    def record(self, events):
        pass
