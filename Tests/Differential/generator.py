# SPDX-License-Identifier: MIT
"""Makes up conversations. What comes next depends on what h2 believes, so that most of it makes
sense; the rest is wrong on purpose."""

import base64
import struct

from h2.connection import ConnectionState
from h2.stream import StreamState

import peer
import wire
from scenarios import scenario
from sections import Sections
from steps import Setup

OPEN = StreamState.OPEN
LOCAL = StreamState.HALF_CLOSED_LOCAL
REMOTE = StreamState.HALF_CLOSED_REMOTE
RESERVED_LOCAL = StreamState.RESERVED_LOCAL
RESERVED_REMOTE = StreamState.RESERVED_REMOTE
MAX_ID = 2**31 - 1

_CODES = tuple(range(14)) + (0xff, 0xffffffff)


def make_setup(random, number):
    """The connection that conversation `number` tests."""
    if number % 25 == 0:
        role, settings, _, *switches = scenario(number // 25)
        return Setup(role, *switches or ((True, True, False, True, True),), settings)
    switches = (True, True, False, True, True)
    if random.random() < 0.25:
        switches = tuple(random.random() < 0.5 for _ in range(5))
    settings = []
    if number % 5 == 0 and random.random() < 0.5:
        choices = {
            1: (0, 64, 4096, 65536), 3: (0, 1, 2, 3, 10, 1000),
            4: (0, 1, 10, 100, 1000, 5000, 65535, 100000, MAX_ID),
            5: (16384, 16385, 20000, 1 << 20, (1 << 24) - 1), 6: (100, 200, 500, 65536, 1 << 20),
            8: (0, 1), 10: (0, 7), 0xf000: (1, 2**32 - 1), 7: (1,),
        }
        for key in random.sample(sorted(choices), random.choice((1, 1, 2, 3))):
            settings.append((key, random.choice(choices[key])))
        if random.random() < 0.03:
            settings.append(random.choice(((2, 2), (4, 2**31), (5, 1), (8, 2), (5, 1 << 24))))
        if random.random() < 0.1:
            settings.append((2, 0))
    return Setup("server" if number & 1 else "client", switches, settings)


class Generator:
    """The steps of one conversation."""

    def __init__(self, random, oracle, number):
        self._random = random
        self._number = number
        self._oracle = oracle
        self._client = oracle.client
        self._sections = Sections(random)
        self._compressor = peer.Compressor(random, random.random() < 0.5)
        # Bytes of a frame whose beginning was received.
        self._rest = b""
        # Bytes of body that the peer still has to send, by stream.
        self._left = {}
        # Bytes that were received and not yet acknowledged, by stream.
        self._held = {}
        self._boldness = random.choice((0.005, 0.02, 0.05, 0.15))
        self._steps_when_dead = random.choice((0,) * 30 + (1, 2))
        self._queue = self._opening()

    # Where h2 is.

    @property
    def _connection(self):
        return self._oracle.connection

    def _streams(self, *states):
        return [i for i, s in self._connection.streams.items() if s.state_machine.state in states]

    def _chance(self, probability):
        return self._random.random() < probability

    def _is_dead(self):
        return self._connection.state_machine.state == ConnectionState.CLOSED

    # The conversation.

    def next_step(self):
        """The next step and whether the output is to be drained, or None."""
        if self._queue:
            return self._queue.pop(0), True
        if not self._oracle.initiated:
            return None
        if self._is_dead():
            if self._steps_when_dead == 0:
                return None
            self._steps_when_dead -= 1
        if self._rest and self._chance(0.7) or self._chance(0.55):
            step = ("recv", self._incoming())
        else:
            step = self._call()
        drains = step[0] in ("take", "clear") or self._chance(0.9)
        return step, drains

    def note(self, events):
        """Learns what became of a step."""
        for event in events:
            length = getattr(event, "flow_controlled_length", None)
            if length:
                self._held[event.stream_id] = self._held.get(event.stream_id, 0) + length

    def _opening(self):
        random = self._random
        if self._number % 25 == 0:
            self._steps_when_dead = 1
            return list(scenario(self._number // 25)[2])
        preface = b"" if self._client else wire.PREFACE
        settings = peer.settings_frame(self._settings(wild=False))
        ack = peer.settings_frame(ack=True)
        init, text = "init", None
        if self._number % 5:
            opening = ("open", init, text, preface + peer.settings_frame() + ack)
            return [opening] + self._directed()
        kind = random.random()
        if kind < 0.1:
            init, text = ("upc", None) if self._client else ("ups", self._upgrade_header())
        first = (init, text) if init == "ups" else (init,)
        kind = random.random()
        if kind > 0.99:
            early = [self._call(), ("recv", preface + settings), ("next",), ("nothing",)]
            return [random.choice(early), ("open", init, text, preface + settings + ack)]
        if kind > 0.98:
            bad = preface + random.choice((
                ack, peer.word_frame(wire.WINDOW_UPDATE, 0, 1), wire.frame(wire.PING, 0, 0, b"a" * 8),
                peer.goaway_frame(0, 0), wire.frame(99, 0, 0), peer.priority_frame(1, 1, 0, 0)))
            return [("open", init, text, bad)]
        if kind > 0.975 and not self._client:
            bad = bytearray(preface + settings)
            bad[random.randrange(24)] ^= 1 << random.randrange(8)
            return [("open", init, text, bytes(bad))]
        if kind > 0.972:
            return [first, ("recv", preface + settings)]
        if kind > 0.96:
            data = preface + settings + ack
            cut = random.randrange(len(data))
            return [first, ("recv", data[:cut]), ("recv", data[cut:])]
        return [("open", init, text, preface + settings + ack)]

    # Conversations that go straight to one state and try one thing there.

    _REQUEST = (
        (b":method", b"POST", False), (b":scheme", b"https", False), (b":path", b"/", False),
        (b":authority", b"example.com", False))
    _RESPONSE = ((b":status", b"200", False),)

    def _literal(self, kind, flags, stream_id, fields, promised=None):
        """A block that leaves the compressor alone."""
        block = peer.Compressor(self._random, False).encode(fields)
        return ("recv", peer.headers_frames(kind, stream_id, block, flags, promised=promised))

    def _directed(self):
        random = self._random
        if self._client:
            ask = ("hdr", 1, 0, None, self._REQUEST)
            ask_all = ("hdr", 1, 1, None, self._REQUEST)
            answer = self._literal(wire.HEADERS, 0, 1, self._RESPONSE)
            answer_all = self._literal(wire.HEADERS, 1, 1, self._RESPONSE)
            promise = self._literal(wire.PUSH_PROMISE, 0, 1, self._REQUEST, 2)
            paths = (
                (1, ()), (1, (ask,)), (1, (ask, answer)), (1, (ask_all,)), (1, (ask_all, answer)),
                (1, (ask, answer_all)), (1, (ask, answer_all, ("end", 1))), (1, (ask_all, answer_all)),
                (1, (ask, ("rst", 1, 8))), (1, (ask, ("recv", peer.word_frame(3, 1, 8)))),
                (2, (ask, promise)), (2, (ask, promise, ("rst", 2, 8))), (2, ()))
        else:
            ask = self._literal(wire.HEADERS, 0, 1, self._REQUEST)
            ask_all = self._literal(wire.HEADERS, 1, 1, self._REQUEST)
            answer = ("hdr", 1, 0, None, self._RESPONSE)
            answer_all = ("hdr", 1, 1, None, self._RESPONSE)
            promise = ("push", 1, 2, self._REQUEST)
            paths = (
                (1, ()), (1, (ask,)), (1, (ask, answer)), (1, (ask_all,)), (1, (ask_all, answer)),
                (1, (ask, answer_all)), (1, (ask_all, answer_all)),
                (1, (ask, answer_all, ("recv", peer.data_frame(1, b"x", True)))),
                (1, (ask, ("rst", 1, 8))), (1, (ask, ("recv", peer.word_frame(3, 1, 8)))),
                (2, (ask, promise)), (2, (ask, promise, ("rst", 2, 8))), (2, ()),
                (2, (ask, promise, ("hdr", 2, 0, None, self._RESPONSE))))
        ends = (("close", 0, b"", None), ("recv", peer.goaway_frame(0, 0)),
                ("recv", wire.frame(wire.PING, 0, 0, b"short")))
        paths += tuple((1, (ask, end)) for end in ends)
        # One after another, so that none is left out.
        half = self._number >> 1
        stream_id, path = paths[half % len(paths)]
        steps = list(path)
        if self._chance(0.3):
            steps.append(("prune",))
        if path and path[-1] in ends:
            self._steps_when_dead = 0
        steps.append(self._directed_input(stream_id, half // len(paths)))
        if self._chance(0.3) and not self._steps_when_dead:
            steps.append(self._directed_input(stream_id, random.randrange(100)))
        return steps

    def _directed_input(self, stream_id, number):
        random = self._random
        fields = random.choice((
            self._REQUEST, self._RESPONSE, ((b":status", b"103", False),), ((b"x", b"y", False),)))
        end = random.randrange(2)
        inputs = (
            lambda: ("recv", peer.data_frame(stream_id, b"abc", end, random.choice((None, 3)))),
            lambda: self._literal(wire.HEADERS, end, stream_id, fields),
            lambda: ("recv", peer.priority_frame(stream_id, 16, 0, 0)),
            lambda: ("recv", peer.word_frame(wire.RST_STREAM, stream_id, 8)),
            lambda: ("recv", self._settings_frame()),
            lambda: self._literal(
                wire.PUSH_PROMISE, 0, stream_id, self._REQUEST, random.choice((2, 4, 4, 4, 3))),
            lambda: ("recv", self._ping()),
            lambda: ("recv", peer.goaway_frame(random.choice((0, 1)), 0)),
            lambda: ("recv", peer.word_frame(
                wire.WINDOW_UPDATE, stream_id, random.choice((1, 1, MAX_ID)))),
            lambda: ("recv", wire.frame(wire.CONTINUATION, random.choice((0, 4)), stream_id, b"\x88")),
            lambda: ("recv", peer.altsvc_frame(stream_id, b"", b"x")),
            lambda: ("recv", wire.frame(99, 0, stream_id, b"x")),
            lambda: ("hdr", stream_id, end, None, fields),
            lambda: ("dat", stream_id, b"abc", end, random.choice((None, 3))),
            lambda: ("end", stream_id),
            lambda: ("rst", stream_id, 8),
            lambda: ("push", stream_id, 4, self._REQUEST),
            lambda: ("ping", b"12345678"),
            lambda: ("close", 0, b"", None),
            lambda: ("set", ((4, 100),)),
            lambda: ("alto", b"x", b"o"),
            lambda: ("alts", b"x", stream_id),
            lambda: ("prio", stream_id, (16, 0, 0)),
            lambda: ("ack", 1, stream_id),
            lambda: ("inc", 5, stream_id),
            lambda: ("next",), lambda: ("take", 5), lambda: ("clear",), lambda: ("init",),
            lambda: ("upc",), lambda: ("ups", None),
        )
        return inputs[number % len(inputs)]()

    def _upgrade_header(self):
        random = self._random
        payload = b"".join(struct.pack(">HL", *e) for e in self._settings(wild=False))
        text = base64.urlsafe_b64encode(payload)
        kind = random.random()
        if kind < 0.1:
            return None
        if kind < 0.2:
            return b""
        if kind < 0.3:
            return random.choice((b"AAA", b"A", b"!!!!", b"AAMAAABk=", text[:-1], text + b"=", b"\xff"))
        if kind < 0.4:
            payload = struct.pack(">HL", *random.choice(((2, 2), (4, 2**31), (5, 1), (8, 2))))
            return base64.urlsafe_b64encode(payload)
        if kind < 0.5:
            return base64.b64encode(payload)
        return text

    def _settings(self, wild):
        """Settings of the peer."""
        random = self._random
        choices = {
            1: (0, 1, 100, 4096, 65536, 2**32 - 1), 3: (0, 1, 2, 5, 100, 2**32 - 1),
            4: (0, 1, 10, 100, 5000, 65535, 65536, 1000000, MAX_ID),
            5: (16384, 16385, 32768, (1 << 24) - 1), 6: (0, 100, 65536, 2**32 - 1),
            8: (0, 1), 0: (5,), 7: (3,), 0xff: (1, 2), 0xffff: (0, 2**32 - 1),
        }
        if not self._client:
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

    # What the peer sends.

    def _incoming(self):
        random = self._random
        data = self._rest
        self._rest = b""
        for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
            kind = random.random()
            if kind < self._boldness:
                data += self._odd_frame()
            elif kind < self._boldness * 1.15:
                data += self._mutated(self._frame())
            else:
                data += self._frame()
        if self._chance(0.12) and data:
            cut = random.randrange(len(data))
            self._rest = data[cut:]
            data = data[:cut]
        return data

    def _mutated(self, data):
        random = self._random
        data = bytearray(data)
        for _ in range(random.choice((1, 1, 2, 3))):
            index = random.randrange(len(data)) if self._chance(0.5) else random.randrange(9)
            if index >= len(data):
                continue
            data[index] = random.choice((
                random.randrange(256), data[index] ^ 1 << random.randrange(8), 0, 255))
        # A length that lies makes the connection wait for ever.
        if self._chance(0.8):
            length = len(data) - 9
            data[:3] = length.to_bytes(3, "big")
        return bytes(data)

    def _section_frames(self, stream_id, fields, end=False, kind=wire.HEADERS, promised=None):
        random = self._random
        block = self._compressor.encode(fields)
        cuts = ()
        if self._chance(0.04) and block:
            cuts = [random.randint(0, len(block)) for _ in range(random.choice((1, 1, 2, 4)))]
        pad = random.choice((0, 1, 7, 255)) if self._chance(0.1) else None
        priority = None
        if kind == wire.HEADERS and self._chance(0.15):
            priority = self._peer_priority(stream_id)
        return peer.headers_frames(
            kind, stream_id, block, wire.END_STREAM if end else 0, pad, priority, promised, cuts)

    def _peer_priority(self, stream_id):
        random = self._random
        parent = random.choice((0, 1, 3, 5, 2, MAX_ID))
        if parent == stream_id and not self._chance(0.2):
            parent = 0
        return random.choice((1, 16, 200, 256)), parent, random.randrange(2)

    def _frame(self):
        """A frame, or a block of them, that is right at this place."""
        random = self._random
        makers = self._FRAMES
        for _ in range(20):
            maker = random.choices(makers, self._FRAME_WEIGHTS)[0]
            data = maker(self)
            if data:
                return data
        return self._ping()

    def _ping(self):
        return wire.frame(
            wire.PING, self._random.randrange(2), 0, self._random.randbytes(8))

    def _settings_frame(self):
        if self._chance(0.4):
            # Without one to acknowledge, it does nothing.
            return peer.settings_frame(ack=True)
        return peer.settings_frame(self._settings(wild=False))

    def _message(self):
        """The next header section of some stream."""
        random = self._random
        bad = self._chance(self._boldness)
        length = random.choice((None, None, None, 0, 5, 10)) if self._chance(0.5) else None
        end = self._chance(0.3)
        if not self._client:
            inbound, _ = self._oracle.open_counts()
            if self._chance(0.6 if inbound < 5 else 0.1):
                stream_id = (self._connection.highest_inbound_stream_id + 1 | 1) \
                    + random.choice((0, 0, 0, 0, 2, 10))
                if stream_id > MAX_ID:
                    return None
                if end and length and not self._chance(0.1):
                    length = 0
                self._left[stream_id] = length
                return self._section_frames(stream_id, self._sections.request(length, bad), end)
            states = (OPEN, LOCAL)
        else:
            states = (OPEN, LOCAL, RESERVED_REMOTE)
        streams = self._streams(*states)
        if not streams:
            return None
        stream_id = random.choice(streams)
        machine = self._connection.streams[stream_id].state_machine
        if machine.headers_received:
            end = not self._chance(0.05)
            if self._left.get(stream_id) and not self._chance(0.1):
                return None
            return self._section_frames(stream_id, self._sections.trailers(bad), end)
        if self._chance(0.2):
            return self._section_frames(
                stream_id, self._sections.informational(bad), self._chance(0.03))
        if end and length and not self._chance(0.1):
            length = 0
        self._left[stream_id] = length
        return self._section_frames(stream_id, self._sections.response(length, bad), end)

    def _body(self):
        random = self._random
        streams = [
            i for i in self._streams(OPEN, LOCAL)
            if self._connection.streams[i].state_machine.headers_received]
        if not streams:
            return None
        stream_id = random.choice(streams)
        window = self._connection.remote_flow_control_window(stream_id)
        left = self._left.get(stream_id)
        size = random.choice((0, 1, 5, 10, 10, 40, 100, 1000, 5000, 16384, window))
        end = self._chance(0.2)
        if left is not None and not self._chance(0.05):
            size = min(size, left)
            end = end and size == left
            self._left[stream_id] = left - size
        pad = random.choice((0, 1, 10, 255)) if self._chance(0.15) else None
        overhead = 0 if pad is None else pad + 1
        if not self._chance(0.01):
            size = min(size, max(0, window - overhead))
            if size + overhead > window:
                pad, overhead = None, 0
        size = max(0, min(size, self._connection.max_inbound_frame_size - overhead))
        data = bytes([random.randrange(256)]) * size if size > 64 else random.randbytes(size)
        return peer.data_frame(stream_id, data, end, pad)

    def _window_update(self):
        random = self._random
        streams = [0] + [i for i, s in self._connection.streams.items() if not s.closed]
        increment = random.choice((1, 10, 1000, 65535, 100000))
        if self._chance(0.03):
            increment = random.choice((MAX_ID, 0, MAX_ID - 65535))
        return peer.word_frame(wire.WINDOW_UPDATE, random.choice(streams), increment)

    def _reset(self):
        streams = [i for i, s in self._connection.streams.items() if not s.closed]
        if not streams:
            return None
        return peer.word_frame(
            wire.RST_STREAM, self._random.choice(streams), self._random.choice(_CODES))

    def _priority(self):
        stream_id = self._random.choice((1, 3, 5, 2, 101, MAX_ID))
        return peer.priority_frame(stream_id, *self._peer_priority(stream_id))

    def _goaway(self):
        random = self._random
        if not self._chance(0.15):
            return None
        return peer.goaway_frame(
            random.choice((0, 1, 3, MAX_ID)), random.choice(_CODES),
            random.choice((b"", b"", b"bye")))

    def _promise(self):
        if not self._client:
            return None
        streams = self._streams(OPEN, LOCAL)
        if not streams:
            return None
        promised = (self._connection.highest_inbound_stream_id + 2 & ~1) \
            + self._random.choice((0, 0, 0, 2))
        if not self._connection.local_settings.enable_push and not self._chance(0.1):
            return None
        return self._section_frames(
            self._random.choice(streams),
            self._sections.request(bad=self._chance(self._boldness)), kind=wire.PUSH_PROMISE,
            promised=promised)

    def _alternative(self):
        random = self._random
        if self._chance(0.5):
            return peer.altsvc_frame(
                0, random.choice((b"", b"https://example.com", b"o")), random.choice((b"", b"h2=x")))
        return peer.altsvc_frame(
            random.choice(list(self._connection.streams) or [1]),
            b"" if self._chance(0.8) else b"example.com", b'h2=":1"')

    def _unknown(self):
        random = self._random
        return wire.frame(
            random.choice((11, 12, 16, 99, 255)), random.randrange(256),
            random.choice((0, 0, 1, 3, 4, MAX_ID)), random.randbytes(random.choice((0, 1, 20))))

    _FRAMES = (
        _message, _body, _window_update, _settings_frame, _ping, _reset, _priority, _goaway,
        _promise, _alternative, _unknown)
    _FRAME_WEIGHTS = (40, 30, 8, 5, 3, 3, 3, 1, 8, 3, 2)

    def _any_id(self):
        """Any stream at all."""
        random = self._random
        connection = self._connection
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

    def _odd_frame(self):
        """A frame that may be wrong at this place, or at any."""
        random = self._random
        stream_id = self._any_id()
        kind = random.randrange(22)
        if kind == 0:
            fields = random.choice((
                self._sections.request, self._sections.response, self._sections.trailers,
                self._sections.informational))(bad=self._chance(0.2))
            return self._section_frames(stream_id, fields, self._chance(0.5))
        if kind == 1:
            return peer.data_frame(
                stream_id, random.randbytes(random.choice((0, 1, 10, 300))), self._chance(0.5),
                random.choice((None, None, 0, 3, 255)))
        if kind == 2:
            return peer.word_frame(
                wire.WINDOW_UPDATE, stream_id, random.choice((0, 1, 100, MAX_ID, 2**31, 2**31 + 5)))
        if kind == 3:
            return peer.word_frame(wire.RST_STREAM, stream_id, random.choice(_CODES))
        if kind == 4:
            return peer.priority_frame(
                stream_id, 16, stream_id if self._chance(0.3) else self._any_id(), random.randrange(2))
        if kind == 5:
            promised = random.choice((
                self._any_id(), self._connection.highest_inbound_stream_id + 2,
                self._connection.highest_inbound_stream_id + 1, 0, 2**31))
            return self._section_frames(
                stream_id, self._sections.request(), kind=wire.PUSH_PROMISE, promised=promised)
        if kind == 6:
            return wire.frame(
                wire.CONTINUATION, random.choice((0, wire.END_HEADERS)), stream_id, b"\x88")
        if kind == 7:
            return peer.settings_frame(self._settings(wild=True))
        if kind == 8:
            # A block that something interrupts.
            block = self._compressor.encode(self._sections.request())
            intruder = random.choice((
                self._ping(), peer.data_frame(stream_id or 1, b"x"),
                wire.frame(wire.CONTINUATION, 4, stream_id + 2, b""),
                peer.headers_frames(wire.HEADERS, stream_id or 1, block), self._unknown()))
            return wire.frame(wire.HEADERS, random.choice((0, 1)), stream_id or 1, block) + intruder
        if kind == 9:
            return self._bad_block(stream_id)
        if kind == 10:
            # A length that the type cannot have.
            frame_kind = random.choice((2, 3, 4, 6, 7, 8, 10, 5, 1, 0))
            return wire.frame(
                frame_kind, random.choice((0, 0, 1, 8, 0x28)),
                0 if frame_kind in (4, 6, 7) else stream_id or 1,
                bytes(random.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12))))
        if kind == 11:
            # Padding and priority that do not fit.
            frame_kind = random.choice((0, 1, 5))
            payload = bytes([random.choice((0, 3, 4, 5, 6, 255))]) + bytes(random.choice((0, 4, 5, 6)))
            return wire.frame(
                frame_kind, random.choice((wire.PADDED, wire.PADDED | wire.END_HEADERS,
                                           wire.PADDED | wire.PRIORITY_FLAG | wire.END_HEADERS)),
                stream_id or 1, payload)
        if kind == 12:
            # The wrong kind of stream.
            frame_kind = random.randrange(11)
            sizes = {2: 5, 3: 4, 4: 6, 5: 4, 6: 8, 7: 8, 8: 4, 10: 2}
            return wire.frame(
                frame_kind, 0, random.choice((0, 0, 1)), bytes(sizes.get(frame_kind, 0)))
        if kind == 13:
            # Too long, and announced too long.
            limit = self._connection.max_inbound_frame_size
            if limit > 100000:
                return self._unknown()
            size = limit + random.choice((0, 1, 1))
            return wire.frame(random.choice((0, 1, 4, 99)), 0, stream_id, bytes(size))
        if kind == 14:
            return wire.frame(wire.SETTINGS, wire.ACK, 0, random.choice((b"", b"", bytes(6))))
        if kind == 15:
            count = random.choice((10, 62, 63, 64, 70))
            block = self._compressor.encode(self._sections.request())
            target = (self._connection.highest_inbound_stream_id + 1 | 1)
            return peer.headers_frames(
                wire.HEADERS, target, block, cuts=[0] * count)
        if kind == 16:
            return peer.altsvc_frame(
                stream_id, random.choice((b"", b"abc")), b"field", random.choice((None, 0, 3, 999)))
        if kind == 17:
            # Beyond the window.
            streams = self._streams(OPEN, LOCAL)
            if not streams:
                return self._ping()
            target = random.choice(streams)
            size = self._connection.remote_flow_control_window(target) + 1
            size = min(max(size, 0), self._connection.max_inbound_frame_size)
            return peer.data_frame(target, bytes(size))
        if kind == 18:
            # Reserved bits and undefined flags.
            frame = bytearray(self._frame())
            frame[random.choice((4, 4, 5))] |= random.choice((0x80, 0x40, 0x12, 0xff))
            return bytes(frame)
        if kind == 19:
            name = random.randbytes(2).hex().encode()
            fields = tuple((name, b"v" * 90, False) for _ in range(random.choice((2, 10, 600))))
            target = stream_id
            if not self._client and self._chance(0.5):
                target = self._connection.highest_inbound_stream_id + 1 | 1
            return self._section_frames(target or 1, self._sections.request() + fields)
        if kind == 20:
            return peer.goaway_frame(random.choice((0, MAX_ID, 2**31, 7)), random.choice(_CODES))
        return self._frame() + self._odd_frame()

    def _bad_block(self, stream_id):
        """A header block that cannot be decoded, or only just."""
        random = self._random
        block = random.choice((
            b"\x80", b"\xff\xff\xff\xff\x0f", b"\xc6", b"\x00\x85\xff\xff\xff\xff\xff\x01a",
            b"\x40\x0aabc", b"\x3f\xe2\x1f\x88", b"\x3f\xff\xff\xff\xff\x0f", b"\x20\x88",
            b"\x88\x20", b"\x3f\xe1\x1f\x88", b"\x20\x20\x88", b"\x20\x20\x20\x88", b"",
            b"\x20", b"\xff" * 12, b"\x00\x81\x00\x01a", b"\x0f", b"\x88", b"\x82\x87\x84\x41\x01a",
            b"\x00\x01a", b"\x10", b"\x7f\x81\x00\x01a"))
        if not self._client and self._chance(0.7):
            stream_id = self._connection.highest_inbound_stream_id + 1 | 1
        elif self._client and self._chance(0.7):
            stream_id = random.choice(self._streams(OPEN, LOCAL) or [stream_id])
        return wire.frame(
            wire.HEADERS, wire.END_HEADERS | random.randrange(2), stream_id or 1, block)

    # What the caller does.

    def _call(self):
        random = self._random
        if self._chance(self._boldness * 0.7):
            return self._misuse()
        for _ in range(20):
            call = random.choices(self._CALLS, self._CALL_WEIGHTS)[0]
            step = call(self)
            if step:
                return step
        return ("ping", random.randbytes(8))

    def _send_headers(self):
        random = self._random
        bad = self._chance(self._boldness * 0.5)
        end = int(self._chance(0.3))
        priority = None
        if self._client and self._chance(0.15):
            priority = (random.choice((1, 16, 256)), random.choice((0, 1, 3)), random.randrange(2))
        if self._client:
            _, outbound = self._oracle.open_counts()
            if self._chance(0.7 if outbound < 5 else 0.1):
                stream_id = self._connection.highest_outbound_stream_id + 1 | 1
                stream_id += random.choice((0, 0, 0, 0, 0, 2, 20))
                if stream_id > MAX_ID:
                    return None
                if priority and priority[1] == stream_id:
                    priority = None
                length = random.choice((None, None, 5))
                return ("hdr", stream_id, end, priority, self._sections.request(length, bad))
            streams = self._streams(OPEN, REMOTE)
            if not streams:
                return None
            return (
                "hdr", random.choice(streams), int(not self._chance(0.05)), None,
                self._sections.trailers(bad))
        streams = self._streams(OPEN, REMOTE, RESERVED_LOCAL)
        if not streams:
            return None
        stream_id = random.choice(streams)
        machine = self._connection.streams[stream_id].state_machine
        if machine.headers_sent:
            return (
                "hdr", stream_id, int(not self._chance(0.05)), None, self._sections.trailers(bad))
        if self._chance(0.2):
            return (
                "hdr", stream_id, int(self._chance(0.03)), None, self._sections.informational(bad))
        return (
            "hdr", stream_id, end, None,
            self._sections.response(random.choice((None, None, 5)), bad))

    def _send_data(self):
        random = self._random
        streams = [
            i for i in self._streams(OPEN, REMOTE)
            if self._connection.streams[i].state_machine.headers_sent]
        if not streams:
            return None
        stream_id = random.choice(streams)
        window = self._connection.local_flow_control_window(stream_id)
        size = random.choice((0, 1, 10, 100, 3000, 16384, window))
        pad = random.choice((0, 1, 100, 255)) if self._chance(0.15) else None
        overhead = 0 if pad is None else pad + 1
        if not self._chance(self._boldness):
            size = min(size, window - overhead, self._connection.max_outbound_frame_size - overhead)
            if size < 0:
                size, pad = 0, None
        size = max(0, min(size, 100000))
        data = bytes([random.randrange(256)]) * size if size > 64 else random.randbytes(size)
        return ("dat", stream_id, data, int(self._chance(0.2)), pad)

    def _end_stream(self):
        streams = [
            i for i in self._streams(OPEN, REMOTE)
            if self._connection.streams[i].state_machine.headers_sent]
        return ("end", self._random.choice(streams)) if streams else None

    def _reset_stream(self):
        streams = self._streams(OPEN, REMOTE, LOCAL, RESERVED_LOCAL, RESERVED_REMOTE)
        if not streams:
            return None
        return ("rst", self._random.choice(streams), self._random.choice(_CODES))

    def _push(self):
        if self._client:
            return None
        streams = [i for i in self._streams(OPEN, REMOTE) if i & 1]
        if not streams or not self._connection.remote_settings.enable_push:
            return None
        promised = (self._connection.highest_outbound_stream_id + 2 & ~1) \
            + self._random.choice((0, 0, 2))
        return (
            "push", self._random.choice(streams), promised,
            self._sections.request(bad=self._chance(self._boldness * 0.5)))

    def _ping_call(self):
        return ("ping", self._random.randbytes(8))

    def _close(self):
        random = self._random
        if not self._chance(0.1):
            return None
        return (
            "close", random.choice(_CODES), random.choice((b"", b"", b"because")),
            random.choice((None, None, 0, 1, MAX_ID)))

    def _update_settings(self):
        random = self._random
        choices = {
            1: (0, 100, 4096, 10000), 3: (0, 1, 5, 100, 2**32 - 1),
            4: (0, 1, 50, 3000, 65535, 200000), 5: (16384, 20000, 1 << 20),
            6: (100, 1000, 65536), 0xff: (1, 2), 9: (0,),
        }
        if self._client:
            choices[2] = (0, 1)
        else:
            choices[8] = (1,)
        keys = random.sample(sorted(choices), random.choice((0, 1, 1, 1, 2, 3)))
        return ("set", tuple((key, random.choice(choices[key])) for key in keys))

    def _alternative_call(self):
        random = self._random
        if self._client:
            return None
        field = random.choice((b'h2=":443"', b"clear", b""))
        if self._chance(0.5):
            return ("alto", field, random.choice((b"https://example.com", b"x")))
        streams = [
            i for i in self._streams(OPEN, REMOTE, LOCAL, RESERVED_LOCAL)
            if not self._connection.streams[i].state_machine.headers_sent]
        return ("alts", field, random.choice(streams)) if streams else None

    def _prioritize(self):
        random = self._random
        if not self._client:
            return None
        stream_id = random.choice((1, 3, 5, 2, 99))
        parent = random.choice((0, 0, 7, 9))
        return ("prio", stream_id, (random.choice((1, 16, 256)), parent, random.randrange(2)))

    def _acknowledge(self):
        random = self._random
        held = [(i, n) for i, n in self._held.items() if n]
        if not held:
            return None
        stream_id, size = random.choice(held)
        part = size if self._chance(0.6) else random.randint(0, size)
        self._held[stream_id] = size - part
        return ("ack", part, stream_id)

    def _increment(self):
        random = self._random
        streams = [0, 0] + self._streams(OPEN, LOCAL, RESERVED_REMOTE)
        return ("inc", random.choice((1, 100, 65535, 1 << 20)), random.choice(streams))

    def _small_call(self):
        return self._random.choice((
            ("next",), ("next",), ("take", self._random.choice((0, 1, 9, 100, -1))), ("clear",),
            ("prune",), ("prune",), ("nothing",)))

    _CALLS = (
        _send_headers, _send_data, _end_stream, _reset_stream, _push, _ping_call, _close,
        _update_settings, _alternative_call, _prioritize, _acknowledge, _increment, _small_call)
    _CALL_WEIGHTS = (40, 20, 5, 4, 7, 1, 1, 5, 3, 3, 10, 4, 4)

    def _misuse(self):
        """A call with any arguments on any stream."""
        random = self._random
        stream_id = self._any_id()
        kind = random.randrange(16)
        if kind <= 1:
            fields = random.choice((
                self._sections.request, self._sections.response, self._sections.trailers,
                self._sections.informational))(bad=self._chance(0.3))
            if self._chance(0.03):
                fields = ()
            priority = None
            if self._chance(0.3):
                priority = (
                    random.choice((0, 1, 256, 257)), random.choice((0, stream_id, 5)),
                    random.randrange(2))
            return ("hdr", stream_id, random.randrange(2), priority, fields)
        if kind == 2:
            return (
                "dat", stream_id, bytes(random.choice((0, 1, 20, 16384, 16385, 70000))),
                random.randrange(2), random.choice((None, None, 0, 255)))
        if kind == 3:
            return ("end", stream_id)
        if kind == 4:
            return ("rst", stream_id, random.choice(_CODES))
        if kind <= 6:
            promised = random.choice((
                self._any_id(), self._connection.highest_outbound_stream_id + 2 & ~1))
            return ("push", stream_id, promised, self._sections.request())
        if kind == 7:
            return ("close", 1, bytes(random.choice((0, 16376, 16377))),
                    random.choice((None, MAX_ID, 2**31, 2**32 - 1)))
        if kind == 8:
            return ("set", random.choice((
                ((2, 2),), ((4, 2**31),), ((5, 16383),), ((5, 1 << 24),), ((8, 2),), ((8, 0),),
                ((4, MAX_ID),), ((9, 1),), ((9, 2),), ((3, 1), (5, 0)), ((2, 1),),
                tuple((i, 1) for i in range(0x100, 0x100 + 2731)))))
        if kind == 9:
            return random.choice((
                ("alto", b"field", random.choice((b"", b"o", bytes(16384), bytes(70000)))),
                ("alts", random.choice((b"x", bytes(16383))), stream_id)))
        if kind == 10:
            return ("prio", stream_id, (
                random.choice((0, 1, 256, 257, -1)), random.choice((0, stream_id, MAX_ID, 2**31)), 1))
        if kind == 11:
            return ("ack", random.choice((-1, 0, 1, 100, 65535, 10**6)), stream_id)
        if kind <= 13:
            return ("inc", random.choice((-1, 0, 1, MAX_ID, MAX_ID + 1, MAX_ID - 65535)), stream_id)
        if kind == 14:
            return random.choice((("init",), ("upc",), ("ups", None), ("ups", b"AAMAAABk")))
        return ("ping", random.randbytes(8))
