# SPDX-License-Identifier: MIT
"""Generates the steps of a conversation.

The steps depend on h2's state, so that most are valid; the others are invalid on purpose."""

from h2.connection import ConnectionState

from generate.calls import Calls
from generate.frames import Frames
from generate.invalid_frames import InvalidFrames
from generate.opening import Opening
from generate.state import State
from generate.systematic import Systematic


class Generator:
    """The steps of one conversation."""

    def __init__(self, random, python_h2, number):
        self._state = State(random, python_h2, number)
        self._frames = Frames(self._state)
        self._invalid_frames = InvalidFrames(self._state, self._frames)
        self._calls = Calls(self._state)
        systematic = Systematic(self._state, self._frames)
        # The rest of a frame of which the first bytes were received.
        self._rest = b""
        self._queue = Opening(self._state, self._calls, systematic).steps()

    def next_step(self):
        """Returns the next step and whether to drain the output, or None."""
        state = self._state
        if self._queue:
            return self._queue.pop(0), True
        if not state.python_h2.initiated:
            return None
        if self._is_dead():
            if state.steps_when_dead == 0:
                return None
            state.steps_when_dead -= 1
        if self._rest and state.chance(0.7) or state.chance(0.55):
            step = ("recv", self._incoming())
        else:
            step = self._calls.call()
        drains = step[0] in ("take", "clear") or state.chance(0.9)
        return step, drains

    def record(self, events):
        """Records the events of a step."""
        state = self._state
        for event in events:
            length = getattr(event, "flow_controlled_length", None)
            if length:
                state.held[event.stream_id] = state.held.get(event.stream_id, 0) + length

    def _incoming(self):
        state = self._state
        random = state.random
        data = self._rest
        self._rest = b""
        for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
            kind = random.random()
            if kind < state.error_rate:
                data += self._invalid_frames.invalid()
            elif kind < state.error_rate * 1.15:
                data += self._invalid_frames.mutated(self._frames.frame())
            else:
                data += self._frames.frame()
        if state.chance(0.12) and data:
            cut = random.randrange(len(data))
            self._rest = data[cut:]
            data = data[:cut]
        return data

    def _is_dead(self):
        return self._state.connection.state_machine.state == ConnectionState.CLOSED
