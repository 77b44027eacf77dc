# SPDX-License-Identifier: MIT
"""The generator's state: h2's connection, random numbers, and what the peer may send."""

from h2.stream import StreamState

from generate import peer
from generate.sections import Sections

OPEN = StreamState.OPEN
LOCAL = StreamState.HALF_CLOSED_LOCAL
REMOTE = StreamState.HALF_CLOSED_REMOTE
RESERVED_LOCAL = StreamState.RESERVED_LOCAL
RESERVED_REMOTE = StreamState.RESERVED_REMOTE
MAX_ID = 2**31 - 1

CODES = tuple(range(14)) + (0xff, 0xffffffff)


class State:
    """The state shared by all modules that generate steps."""

    def __init__(self, random, python_h2, number):
        self.random = random
        self.number = number
        self.python_h2 = python_h2
        self.client = python_h2.client
        self.sections = Sections(random)
        self.compressor = peer.Compressor(random, random.random() < 0.5)
        # The body bytes that the peer still has to send, by stream.
        self.left = {}
        # The received bytes that are not acknowledged, by stream.
        self.held = {}
        # The fraction of steps that are invalid on purpose.
        self.error_rate = random.choice((0.005, 0.02, 0.05, 0.15))
        self.steps_when_dead = random.choice((0,) * 30 + (1, 2))

    @property
    def connection(self):
        return self.python_h2.connection

    def streams(self, *states):
        return [i for i, s in self.connection.streams.items() if s.state_machine.state in states]

    def chance(self, probability):
        return self.random.random() < probability

    def any_id(self):
        """Returns an arbitrary stream identifier."""
        random = self.random
        connection = self.connection
        kind = random.random()
        known = list(connection.streams)
        if kind < 0.4 and known:
            return random.choice(known)
        if kind < 0.6:
            top = max(connection.highest_inbound_stream_id, connection.highest_outbound_stream_id)
            return random.randint(0, top + 3)
        closed = list(connection._closed_streams)
        if kind < 0.75 and closed:
            return random.choice(closed)
        if kind < 0.8:
            return 0
        return random.choice((
            1, 2, 3, 4, connection.highest_inbound_stream_id + 2,
            connection.highest_outbound_stream_id + 2, 1001, 1000, MAX_ID, MAX_ID - 1))

    def settings(self, wild):
        """Returns settings of the peer."""
        random = self.random
        choices = {
            1: (0, 1, 100, 4096, 65536, 2**32 - 1), 3: (0, 1, 2, 5, 100, 2**32 - 1),
            4: (0, 1, 10, 100, 5000, 65535, 65536, 1000000, MAX_ID),
            5: (16384, 16385, 32768, (1 << 24) - 1), 6: (0, 100, 65536, 2**32 - 1),
            8: (0, 1), 0: (5,), 7: (3,), 0xff: (1, 2), 0xffff: (0, 2**32 - 1),
        }
        if not self.client:
            choices[2] = (0, 1)
        elif random.random() < 0.05:
            choices[2] = (0,)
        if random.random() < 0.03:
            choices[9] = (0, 1)
        if wild:
            choices.update({
                2: (0, 1, 2, 2**32 - 1), 4: (2**31, 2**32 - 1), 5: (0, 16383, 1 << 24, 2**32 - 1),
                8: (2,), 9: (2,)})
        keys = random.choices(sorted(choices), k=random.choice((0, 1, 1, 2, 3)))
        return [(key, random.choice(choices[key])) for key in keys]
