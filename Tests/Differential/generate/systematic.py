# SPDX-License-Identifier: MIT
"""Conversations that perform one action in one state, covering all combinations in turn."""

from generate import peer
import wire
from generate.state import MAX_ID


class Systematic:
    def __init__(self, state, frames):
        self._state = state
        self._frames = frames

    _REQUEST = (
        (b":method", b"POST", False), (b":scheme", b"https", False), (b":path", b"/", False),
        (b":authority", b"example.com", False))

    _PROMISED = ((b":method", b"GET", False),) + _REQUEST[1:]

    _RESPONSE = ((b":status", b"200", False),)

    def _literal(self, kind, flags, stream_id, fields, promised=None):
        """Returns a field block encoded without changing the compressor."""
        block = peer.Compressor(self._state.random, False).encode(fields)
        return ("recv", peer.headers_frames(kind, stream_id, block, flags, promised=promised))

    def steps(self):
        state = self._state
        random = state.random
        if state.client:
            ask = ("hdr", 1, 0, None, self._REQUEST)
            ask_all = ("hdr", 1, 1, None, self._REQUEST)
            answer = self._literal(wire.HEADERS, 0, 1, self._RESPONSE)
            answer_all = self._literal(wire.HEADERS, 1, 1, self._RESPONSE)
            promise = self._literal(wire.PUSH_PROMISE, 0, 1, self._PROMISED, 2)
            paths = (
                (1, ()), (1, (ask,)), (1, (ask, answer)), (1, (ask_all,)), (1, (ask_all, answer)),
                (1, (ask, answer_all)), (1, (ask, answer_all, ("end", 1))),
                (1, (ask_all, answer_all)),
                (1, (ask, ("rst", 1, 8))), (1, (ask, ("recv", peer.word_frame(3, 1, 8)))),
                (2, (ask, promise)), (2, (ask, promise, ("rst", 2, 8))), (2, ()))
        else:
            ask = self._literal(wire.HEADERS, 0, 1, self._REQUEST)
            ask_all = self._literal(wire.HEADERS, 1, 1, self._REQUEST)
            answer = ("hdr", 1, 0, None, self._RESPONSE)
            answer_all = ("hdr", 1, 1, None, self._RESPONSE)
            promise = ("push", 1, 2, self._PROMISED)
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
        # In turn, so that none is omitted.
        half = state.number >> 1
        stream_id, path = paths[half % len(paths)]
        steps = list(path)
        if state.chance(0.3):
            steps.append(("prune",))
        if path and path[-1] in ends:
            state.steps_when_dead = 0
        steps.append(self._input(stream_id, half // len(paths)))
        if state.chance(0.3) and not state.steps_when_dead:
            steps.append(self._input(stream_id, random.randrange(100)))
        return steps

    def _input(self, stream_id, number):
        random = self._state.random
        fields = random.choice((
            self._REQUEST, self._RESPONSE, ((b":status", b"103", False),), ((b"x", b"y", False),)))
        end = random.randrange(2)
        inputs = (
            lambda: ("recv", peer.data_frame(stream_id, b"abc", end, random.choice((None, 3)))),
            lambda: self._literal(wire.HEADERS, end, stream_id, fields),
            lambda: ("recv", peer.priority_frame(stream_id, 16, 0, 0)),
            lambda: ("recv", peer.word_frame(wire.RST_STREAM, stream_id, 8)),
            lambda: ("recv", self._frames.settings()),
            lambda: self._literal(
                wire.PUSH_PROMISE, 0, stream_id, self._PROMISED, random.choice((2, 4, 4, 4, 3))),
            lambda: ("recv", self._frames.ping()),
            lambda: ("recv", peer.goaway_frame(random.choice((0, 1)), 0)),
            lambda: ("recv", peer.word_frame(
                wire.WINDOW_UPDATE, stream_id, random.choice((1, 1, MAX_ID)))),
            lambda: ("recv", wire.frame(
                wire.CONTINUATION, random.choice((0, 4)), stream_id, b"\x88")),
            lambda: ("recv", peer.altsvc_frame(stream_id, b"", b"x")),
            lambda: ("recv", wire.frame(99, 0, stream_id, b"x")),
            lambda: ("hdr", stream_id, end, None, fields),
            lambda: ("dat", stream_id, b"abc", end, random.choice((None, 3))),
            lambda: ("end", stream_id),
            lambda: ("rst", stream_id, 8),
            lambda: ("push", stream_id, 4, self._PROMISED),
            lambda: ("ping", b"12345678"),
            lambda: ("close", 0, b"", None),
            lambda: ("set", ((4, 100),)),
            lambda: ("alto", b"x", b"o"),
            lambda: ("alts", b"x", stream_id),
            lambda: ("prio", stream_id, (16, 0, 0)),
            lambda: ("ack", 1, stream_id),
            lambda: ("inc", 5, stream_id),
            lambda: ("next",), lambda: ("take", 5), lambda: ("clear",), lambda: ("init",),
            lambda: ("upc",), lambda: ("ups", None), lambda: ("enq", stream_id, b"abc", end),
        )
        return inputs[number % len(inputs)]()
