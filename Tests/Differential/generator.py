# SPDX-License-Identifier: MIT
"""Makes up conversations. What comes next depends on what h2 believes, so that most of it makes
sense; the rest is wrong on purpose."""

from h2.connection import ConnectionState

from calls import Calls
from directed import Directed
from frames import Frames
from mistakes import Mistakes
from opening import Opening
from world import World


class Generator:
    """The steps of one conversation."""

    def __init__(self, random, oracle, number):
        self._world = World(random, oracle, number)
        self._frames = Frames(self._world)
        self._mistakes = Mistakes(self._world, self._frames)
        self._calls = Calls(self._world)
        directed = Directed(self._world, self._frames)
        # Bytes of a frame whose beginning was received.
        self._rest = b""
        self._queue = Opening(self._world, self._calls, directed).steps()

    def next_step(self):
        """The next step and whether the output is to be drained, or None."""
        world = self._world
        if self._queue:
            return self._queue.pop(0), True
        if not world.oracle.initiated:
            return None
        if self._is_dead():
            if world.steps_when_dead == 0:
                return None
            world.steps_when_dead -= 1
        if self._rest and world.chance(0.7) or world.chance(0.55):
            step = ("recv", self._incoming())
        else:
            step = self._calls.call()
        drains = step[0] in ("take", "clear") or world.chance(0.9)
        return step, drains

    def note(self, events):
        """Learns what became of a step."""
        world = self._world
        for event in events:
            length = getattr(event, "flow_controlled_length", None)
            if length:
                world.held[event.stream_id] = world.held.get(event.stream_id, 0) + length

    def _incoming(self):
        world = self._world
        random = world.random
        data = self._rest
        self._rest = b""
        for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
            kind = random.random()
            if kind < world.boldness:
                data += self._mistakes.odd()
            elif kind < world.boldness * 1.15:
                data += self._mistakes.mutated(self._frames.frame())
            else:
                data += self._frames.frame()
        if world.chance(0.12) and data:
            cut = random.randrange(len(data))
            self._rest = data[cut:]
            data = data[:cut]
        return data

    def _is_dead(self):
        return self._world.connection.state_machine.state == ConnectionState.CLOSED
