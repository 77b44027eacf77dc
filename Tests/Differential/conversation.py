# SPDX-License-Identifier: MIT
"""A conversation with h2, step by step, and all that is known of each step."""

import mends
import wire
from oracle import Oracle, event_text
from refusals import refusal

# Where a call names the stream that it is about.
_TARGET = {
    "hdr": 1, "dat": 1, "end": 1, "rst": 1, "push": 1, "alts": 2, "prio": 1, "ack": 2, "inc": 2}


class Turn:
    """A step, and what h2 made of it."""

    __slots__ = (
        "step", "drains", "streams", "failure", "returned", "events", "fields", "raw", "pending",
        "output", "role", "setup", "state", "target", "was_dead", "was_initiated", "trace",
        "bad_header", "refusal", "before", "fatal", "mends", "had_settings", "block",
        "is_partial", "lowered_table")

    @property
    def verb(self):
        return self.step[0]

    @property
    def receives(self):
        return self.step[0] in ("recv", "open")

    @property
    def last(self):
        """The last frame that h2 acted on: (frame, its stream's state, the connection's)."""
        return self.trace[-1] if self.trace else None


def converse(setup, source):
    """Runs a conversation through h2; `source` gives the steps."""
    oracle = Oracle(setup)
    source.begin(oracle)
    turns = []
    while True:
        found = source.next_step()
        if found is None:
            return turns
        turns.append(_take_turn(oracle, source, *found))


def _take_turn(oracle, source, step, drains):
    turn = Turn()
    connection = oracle.connection
    turn.role, turn.setup = oracle.setup.role, oracle.setup
    turn.step, turn.drains = step, drains
    turn.state = connection.state_machine.state.name.lower()
    turn.was_dead, turn.was_initiated = oracle.is_dead, oracle.initiated
    turn.target = None
    if step[0] in _TARGET:
        turn.target = connection.stream_state(step[_TARGET[step[0]]])
    turn.had_settings = oracle.has_settings
    turn.lowered_table = any(
        key == 1 and value < 4096
        for past in oracle.past + [step] if past[0] == "set" for key, value in past[1]
    ) or any(key == 1 and value < 4096 for key, value in oracle.setup.settings)
    turn.refusal = refusal(oracle, step)
    past = len(oracle.past)
    turn.failure, turn.returned, events = oracle.perform(step)
    turn.trace = connection.trace
    if oracle.setup.settings and oracle.initiated:
        connection.note_waiting()
    turn.mends = set() if turn.refusal else set(mends.met)
    for frame, _, _ in turn.trace:
        oracle.has_settings |= frame.type == wire.SETTINGS and "ACK" not in frame.flags
    turn.bad_header = _bad_header(connection, turn)
    turn.events = "".join(event_text(e, oracle.client) + "|" for e in events)
    block = connection.incoming_buffer._headers_buffer
    turn.block = block[0] if block else None
    turn.is_partial = len(connection.incoming_buffer._data) >= 9
    source.note(events)
    turn.raw = None
    if turn.refusal or turn.failure and turn.failure.origin == "local":
        turn.streams = oracle.watched()
        turn.raw = oracle.observe(turn.streams)
        del oracle.past[past:]
        oracle.is_dead = turn.was_dead
        oracle.initiated = turn.was_initiated
        oracle.has_settings = turn.had_settings
        oracle.roll_back()
        if turn.refusal:
            turn.events = ""
    turn.streams = oracle.watched()
    if turn.raw is not None:
        turn.raw[-1] = "".join(oracle.window_text(i) for i in turn.streams)
    turn.pending = "01"[bool(oracle.connection._data_to_send)]
    turn.fields = oracle.observe(turn.streams)
    turn.output = oracle.drain() if drains else b""
    return turn


def _bad_header(connection, turn):
    """(length, kind, flags, stream) of a frame that h2 could not even read."""
    if not turn.receives or turn.failure is None:
        return None
    data = bytes(connection.incoming_buffer._data[:9])
    if len(data) < 9:
        return None
    return (
        int.from_bytes(data[:3], "big"), data[3], data[4],
        int.from_bytes(data[5:9], "big") & 0x7fffffff)


class Given:
    """Steps that are known."""

    def __init__(self, steps):
        self._steps = list(steps)

    def begin(self, oracle):
        pass

    def next_step(self):
        return self._steps.pop(0) if self._steps else None

    def note(self, events):
        pass
