# SPDX-License-Identifier: MIT
"""Generates frames of the peer that are invalid, or may be invalid in this state."""

from generate import peer
import wire
from generate.state import CODES, LOCAL, MAX_ID, OPEN


class InvalidFrames:
    def __init__(self, state, frames):
        self._state = state
        self._frames = frames

    def invalid(self):
        """Returns a frame that is invalid, or may be invalid in this state."""
        state = self._state
        random = state.random
        stream_id = state.any_id()
        kind = random.randrange(22)
        if kind == 0:
            fields = random.choice((
                state.sections.request, state.sections.response, state.sections.trailers,
                state.sections.informational))(bad=state.chance(0.2))
            return self._frames.section(stream_id, fields, state.chance(0.5))
        if kind == 1:
            return peer.data_frame(
                stream_id, random.randbytes(random.choice((0, 1, 10, 300))), state.chance(0.5),
                random.choice((None, None, 0, 3, 255)))
        if kind == 2:
            return peer.word_frame(
                wire.WINDOW_UPDATE, stream_id, random.choice((0, 1, 100, MAX_ID, 2**31, 2**31 + 5)))
        if kind == 3:
            return peer.word_frame(wire.RST_STREAM, stream_id, random.choice(CODES))
        if kind == 4:
            return peer.priority_frame(
                stream_id, 16, stream_id if state.chance(0.3) else state.any_id(),
                random.randrange(2))
        if kind == 5:
            promised = random.choice((
                state.any_id(), state.connection.highest_inbound_stream_id + 2,
                state.connection.highest_inbound_stream_id + 1, 0, 2**31))
            return self._frames.section(
                stream_id, state.sections.request(promised=state.chance(0.8)),
                kind=wire.PUSH_PROMISE, promised=promised)
        if kind == 6:
            return wire.frame(
                wire.CONTINUATION, random.choice((0, wire.END_HEADERS)), stream_id, b"\x88")
        if kind == 7:
            return peer.settings_frame(state.settings(wild=True))
        if kind == 8:
            # A field block interrupted by another frame.
            block = state.compressor.encode(state.sections.request())
            intruder = random.choice((
                self._frames.ping(), peer.data_frame(stream_id or 1, b"x"),
                wire.frame(wire.CONTINUATION, 4, stream_id + 2, b""),
                peer.headers_frames(wire.HEADERS, stream_id or 1, block), self._frames.unknown()))
            return wire.frame(wire.HEADERS, random.choice((0, 1)), stream_id or 1, block) + intruder
        if kind == 9:
            return self._bad_block(stream_id)
        if kind == 10:
            # A length that is invalid for the type.
            frame_kind = random.choice((2, 3, 4, 6, 7, 8, 10, 5, 1, 0))
            return wire.frame(
                frame_kind, random.choice((0, 0, 1, 8, 0x28)),
                0 if frame_kind in (4, 6, 7) else stream_id or 1,
                bytes(random.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12))))
        if kind == 11:
            # Padding and priority that exceed the payload.
            frame_kind = random.choice((0, 1, 5))
            payload = bytes([random.choice((0, 3, 4, 5, 6, 255))])
            payload += bytes(random.choice((0, 4, 5, 6)))
            return wire.frame(
                frame_kind, random.choice((wire.PADDED, wire.PADDED | wire.END_HEADERS,
                                           wire.PADDED | wire.PRIORITY_FLAG | wire.END_HEADERS)),
                stream_id or 1, payload)
        if kind == 12:
            # A stream identifier that is invalid for the type.
            frame_kind = random.randrange(11)
            sizes = {2: 5, 3: 4, 4: 6, 5: 4, 6: 8, 7: 8, 8: 4, 10: 2}
            return wire.frame(
                frame_kind, 0, random.choice((0, 0, 1)), bytes(sizes.get(frame_kind, 0)))
        if kind == 13:
            # A frame of the maximum size, or one byte more.
            limit = state.connection.max_inbound_frame_size
            if limit > 100000:
                return self._frames.unknown()
            size = limit + random.choice((0, 1, 1))
            return wire.frame(random.choice((0, 1, 4, 99)), 0, stream_id, bytes(size))
        if kind == 14:
            return wire.frame(wire.SETTINGS, wire.ACK, 0, random.choice((b"", b"", bytes(6))))
        if kind == 15:
            count = random.choice((10, 62, 63, 64, 70))
            block = state.compressor.encode(state.sections.request())
            target = (state.connection.highest_inbound_stream_id + 1 | 1)
            return peer.headers_frames(
                wire.HEADERS, target, block, cuts=[0] * count)
        if kind == 16:
            return peer.altsvc_frame(
                stream_id, random.choice((b"", b"abc")), b"field", random.choice((None, 0, 3, 999)))
        if kind == 17:
            # DATA that exceeds the window.
            streams = state.streams(OPEN, LOCAL)
            if not streams:
                return self._frames.ping()
            target = random.choice(streams)
            size = state.connection.remote_flow_control_window(target) + 1
            size = min(max(size, 0), state.connection.max_inbound_frame_size)
            return peer.data_frame(target, bytes(size))
        if kind == 18:
            # Reserved bits and undefined flags.
            frame = bytearray(self._frames.frame())
            frame[random.choice((4, 4, 5))] |= random.choice((0x80, 0x40, 0x12, 0xff))
            return bytes(frame)
        if kind == 19:
            name = random.randbytes(2).hex().encode()
            fields = tuple((name, b"v" * 90, False) for _ in range(random.choice((2, 10, 600))))
            target = stream_id
            if not state.client and state.chance(0.5):
                target = state.connection.highest_inbound_stream_id + 1 | 1
            return self._frames.section(target or 1, state.sections.request() + fields)
        if kind == 20:
            return peer.goaway_frame(random.choice((0, MAX_ID, 2**31, 7)), random.choice(CODES))
        return self._frames.frame() + self.invalid()

    def _bad_block(self, stream_id):
        """Returns a frame with a field block that cannot be decoded, or barely can."""
        state = self._state
        random = state.random
        block = random.choice((
            b"\x80", b"\xff\xff\xff\xff\x0f", b"\xc6", b"\x00\x85\xff\xff\xff\xff\xff\x01a",
            b"\x40\x0aabc", b"\x3f\xe2\x1f\x88", b"\x3f\xff\xff\xff\xff\x0f", b"\x20\x88",
            b"\x88\x20", b"\x3f\xe1\x1f\x88", b"\x20\x20\x88", b"\x20\x20\x20\x88", b"",
            b"\x20", b"\xff" * 12, b"\x00\x81\x00\x01a", b"\x0f", b"\x88", b"\x82\x87\x84\x41\x01a",
            b"\x00\x01a", b"\x10", b"\x7f\x81\x00\x01a"))
        if not state.client and state.chance(0.7):
            stream_id = state.connection.highest_inbound_stream_id + 1 | 1
        elif state.client and state.chance(0.7):
            stream_id = random.choice(state.streams(OPEN, LOCAL) or [stream_id])
        return wire.frame(
            wire.HEADERS, wire.END_HEADERS | random.randrange(2), stream_id or 1, block)

    def mutated(self, data):
        state = self._state
        random = state.random
        data = bytearray(data)
        for _ in range(random.choice((1, 1, 2, 3))):
            index = random.randrange(len(data)) if state.chance(0.5) else random.randrange(9)
            if index >= len(data):
                continue
            data[index] = random.choice((
                random.randrange(256), data[index] ^ 1 << random.randrange(8), 0, 255))
        # A wrong length could make the connection wait for bytes that never arrive.
        if state.chance(0.8):
            length = len(data) - 9
            data[:3] = length.to_bytes(3, "big")
        return bytes(data)
