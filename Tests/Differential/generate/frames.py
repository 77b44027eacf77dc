# SPDX-License-Identifier: MIT
"""Generates valid frames of the peer."""

from generate import peer
import messages
import wire
from generate.state import CODES, LOCAL, MAX_ID, OPEN, RESERVED_REMOTE


class Frames:
    def __init__(self, state):
        self._state = state

    def section(self, stream_id, fields, end=False, kind=wire.HEADERS, promised=None):
        state = self._state
        random = state.random
        block = state.compressor.encode(fields)
        cuts = ()
        if state.chance(0.04) and block:
            cuts = [random.randint(0, len(block)) for _ in range(random.choice((1, 1, 2, 4)))]
        pad = random.choice((0, 1, 7, 255)) if state.chance(0.1) else None
        priority = None
        if kind == wire.HEADERS and state.chance(0.15):
            priority = self._peer_priority(stream_id)
        return peer.headers_frames(
            kind, stream_id, block, wire.END_STREAM if end else 0, pad, priority, promised, cuts)

    def _peer_priority(self, stream_id):
        state = self._state
        random = state.random
        parent = random.choice((0, 1, 3, 5, 2, MAX_ID))
        if parent == stream_id and not state.chance(0.2):
            parent = 0
        return random.choice((1, 16, 200, 256)), parent, random.randrange(2)

    def frame(self):
        """Returns a frame, or the frames of a field block, valid in this state."""
        random = self._state.random
        makers = self._FRAMES
        for _ in range(20):
            maker = random.choices(makers, self._FRAME_WEIGHTS)[0]
            data = maker(self)
            if data:
                return data
        return self.ping()

    def ping(self):
        state = self._state
        return wire.frame(
            wire.PING, state.random.randrange(2), 0, state.random.randbytes(8))

    def settings(self):
        state = self._state
        if state.chance(0.4):
            # Without SETTINGS to acknowledge, this has no effect.
            return peer.settings_frame(ack=True)
        return peer.settings_frame(state.settings(wild=False))

    def _message(self):
        """Returns the frames of the next field section of some stream."""
        state = self._state
        random = state.random
        bad = state.chance(state.error_rate)
        length = random.choice((None, None, None, 0, 5, 10)) if state.chance(0.5) else None
        end = state.chance(0.3)
        if not state.client:
            inbound, _ = state.python_h2.open_counts()
            if state.chance(0.6 if inbound < 5 else 0.1):
                stream_id = (state.connection.highest_inbound_stream_id + 1 | 1) \
                    + random.choice((0, 0, 0, 0, 2, 10))
                if stream_id > MAX_ID:
                    return None
                if end and length and not state.chance(0.1):
                    length = 0
                state.left[stream_id] = length
                announced = state.connection.local_settings._settings[8][-1] == 1
                fields = state.sections.request(
                    length, bad, extended=announced or state.chance(state.error_rate))
                return self.section(stream_id, fields, end)
            states = (OPEN, LOCAL)
        else:
            states = (OPEN, LOCAL, RESERVED_REMOTE)
        streams = self._outside_tunnels(*states)
        if not streams:
            return None
        stream_id = random.choice(streams)
        machine = state.connection.streams[stream_id].state_machine
        if machine.headers_received:
            end = not state.chance(0.05)
            if state.left.get(stream_id) and not state.chance(0.1):
                return None
            return self.section(stream_id, state.sections.trailers(bad), end)
        if state.chance(0.2):
            return self.section(
                stream_id, state.sections.informational(bad), state.chance(0.03))
        if end and length and not state.chance(0.1):
            length = 0
        fields = state.sections.response(length, bad)
        state.left[stream_id] = self._body_length(stream_id, fields, length)
        return self.section(stream_id, fields, end)

    def _outside_tunnels(self, *states):
        """Returns streams that are not tunnels; rarely others."""
        state = self._state
        return [
            i for i in state.streams(*states)
            if not state.connection.streams[i].is_tunnel or state.chance(0.05)]

    def _body_length(self, stream_id, fields, length):
        """Returns the required length of a response body, or None for any length."""
        method = self._state.connection.streams[stream_id].request_method
        status = messages.first([field[:2] for field in fields], b":status") or b""
        if method == b"CONNECT" and status[:1] == b"2":
            return None
        return 0 if method == b"HEAD" or status in (b"204", b"304") else length

    def _body(self):
        state = self._state
        random = state.random
        streams = [
            i for i in state.streams(OPEN, LOCAL)
            if state.connection.streams[i].state_machine.headers_received]
        if not streams:
            return None
        stream_id = random.choice(streams)
        window = state.connection.remote_flow_control_window(stream_id)
        left = state.left.get(stream_id)
        size = random.choice((0, 1, 5, 10, 10, 40, 100, 1000, 5000, 16384, window))
        end = state.chance(0.2)
        if left is not None and not state.chance(0.03):
            size = min(size, left)
            end = end and size == left
            state.left[stream_id] = left - size
        pad = random.choice((0, 1, 10, 255)) if state.chance(0.15) else None
        overhead = 0 if pad is None else pad + 1
        if not state.chance(0.01):
            size = min(size, max(0, window - overhead))
            if size + overhead > window:
                pad, overhead = None, 0
        size = max(0, min(size, state.connection.max_inbound_frame_size - overhead))
        data = bytes([random.randrange(256)]) * size if size > 64 else random.randbytes(size)
        return peer.data_frame(stream_id, data, end, pad)

    def _window_update(self):
        state = self._state
        random = state.random
        streams = [0] + [i for i, s in state.connection.streams.items() if not s.closed]
        increment = random.choice((1, 10, 1000, 65535, 100000))
        if state.chance(0.03):
            increment = random.choice((MAX_ID, 0, MAX_ID - 65535))
        return peer.word_frame(wire.WINDOW_UPDATE, random.choice(streams), increment)

    def _reset(self):
        state = self._state
        streams = [i for i, s in state.connection.streams.items() if not s.closed]
        if not streams:
            return None
        return peer.word_frame(
            wire.RST_STREAM, state.random.choice(streams), state.random.choice(CODES))

    def _priority(self):
        stream_id = self._state.random.choice((1, 3, 5, 2, 101, MAX_ID))
        return peer.priority_frame(stream_id, *self._peer_priority(stream_id))

    def _goaway(self):
        state = self._state
        random = state.random
        if not state.chance(0.15):
            return None
        return peer.goaway_frame(
            random.choice((0, 1, 3, MAX_ID)), random.choice(CODES),
            random.choice((b"", b"", b"bye")))

    def _promise(self):
        state = self._state
        if not state.client:
            return None
        streams = self._outside_tunnels(OPEN, LOCAL)
        if not streams:
            return None
        promised = (state.connection.highest_inbound_stream_id + 2 & ~1) \
            + state.random.choice((0, 0, 0, 2))
        if not state.connection.local_settings.enable_push and not state.chance(0.1):
            return None
        return self.section(
            state.random.choice(streams),
            state.sections.request(
                bad=state.chance(state.error_rate), promised=not state.chance(state.error_rate)),
            kind=wire.PUSH_PROMISE, promised=promised)

    def _alternative(self):
        state = self._state
        random = state.random
        if state.chance(0.5):
            return peer.altsvc_frame(
                0, random.choice((b"", b"https://example.com", b"o")),
                random.choice((b"", b"h2=x")))
        return peer.altsvc_frame(
            random.choice(list(state.connection.streams) or [1]),
            b"" if state.chance(0.8) else b"example.com", b'h2=":1"')

    def unknown(self):
        random = self._state.random
        return wire.frame(
            random.choice((11, 12, 16, 99, 255)), random.randrange(256),
            random.choice((0, 0, 1, 3, 4, MAX_ID)), random.randbytes(random.choice((0, 1, 20))))

    _FRAMES = (
        _message, _body, _window_update, settings, ping, _reset, _priority, _goaway,
        _promise, _alternative, unknown)

    _FRAME_WEIGHTS = (40, 30, 8, 5, 3, 3, 3, 1, 8, 3, 2)
