# SPDX-License-Identifier: MIT
"""Generates calls of the connection's methods, valid and invalid."""

from generate.state import CODES, LOCAL, MAX_ID, OPEN, REMOTE, RESERVED_LOCAL, RESERVED_REMOTE


class Calls:
    def __init__(self, state):
        self._state = state

    def call(self):
        state = self._state
        random = state.random
        if state.chance(state.error_rate * 0.7):
            return self.misuse()
        for _ in range(20):
            call = random.choices(self._CALLS, self._CALL_WEIGHTS)[0]
            step = call(self)
            if step:
                return step
        return ("ping", random.randbytes(8))

    def _send_headers(self):
        state = self._state
        random = state.random
        bad = state.chance(state.error_rate * 0.5)
        end = int(state.chance(0.3))
        priority = None
        if state.client and state.chance(0.15):
            priority = (random.choice((1, 16, 256)), random.choice((0, 1, 3)), random.randrange(2))
        if state.client:
            _, outbound = state.python_h2.open_counts()
            if state.chance(0.7 if outbound < 5 else 0.1):
                stream_id = state.connection.highest_outbound_stream_id + 1 | 1
                stream_id += random.choice((0, 0, 0, 0, 0, 2, 20))
                if stream_id > MAX_ID:
                    return None
                if priority and priority[1] == stream_id:
                    priority = None
                length = random.choice((None, None, 5))
                if length and not state.chance(0.05):
                    end = 0
                extended = state.connection.remote_settings.enable_connect_protocol == 1
                fields = state.sections.request(
                    length, bad, extended=extended or state.chance(state.error_rate))
                return ("hdr", stream_id, end, priority, fields)
            streams = [
                i for i in self._complete(OPEN, REMOTE)
                if state.connection.streams[i].request_method != b"CONNECT"
                or state.connection.streams[i].state_machine.headers_received
                or state.chance(0.05)]
            if not streams:
                return None
            return (
                "hdr", random.choice(streams), int(not state.chance(0.05)), None,
                state.sections.trailers(bad))
        streams = self._outside_tunnels(
            self._complete(OPEN, REMOTE), state.streams(RESERVED_LOCAL))
        if not streams:
            return None
        stream_id = random.choice(streams)
        machine = state.connection.streams[stream_id].state_machine
        if machine.headers_sent:
            return (
                "hdr", stream_id, int(not state.chance(0.05)), None, state.sections.trailers(bad))
        if state.chance(0.2):
            return (
                "hdr", stream_id, int(state.chance(0.03)), None, state.sections.informational(bad))
        length = random.choice((None, None, 5))
        if length and not state.chance(0.05):
            end = 0
        return ("hdr", stream_id, end, None, state.sections.response(length, bad))

    def _complete(self, *states):
        """Returns streams whose announced body length was sent completely; rarely others."""
        state = self._state
        return [
            i for i in state.streams(*states)
            if not state.connection.streams[i].unsent or state.chance(0.02)]

    def _outside_tunnels(self, *streams):
        """Returns streams that are not tunnels; rarely others."""
        state = self._state
        return [
            i for part in streams for i in part
            if not state.connection.streams[i].is_tunnel or state.chance(0.05)]

    def _send_data(self):
        state = self._state
        random = state.random
        streams = self._sending()
        if not streams:
            return None
        stream_id = random.choice(streams)
        window = state.connection.local_flow_control_window(stream_id)
        size = random.choice((0, 1, 10, 100, 3000, 16384, window))
        pad = random.choice((0, 1, 100, 255)) if state.chance(0.15) else None
        overhead = 0 if pad is None else pad + 1
        if not state.chance(state.error_rate):
            size = min(size, window - overhead, state.connection.max_outbound_frame_size - overhead)
            if size < 0:
                size, pad = 0, None
        size = max(0, min(size, 100000))
        end = int(state.chance(0.2))
        unsent = state.connection.streams[stream_id].unsent
        if unsent is not None and not state.chance(0.03):
            size = min(size, unsent)
            end = int(end and size == unsent)
        data = bytes([random.randrange(256)]) * size if size > 64 else random.randbytes(size)
        return ("dat", stream_id, data, end, pad)

    def _sending(self):
        """Returns streams on which DATA can be sent."""
        state = self._state
        return [
            i for i in state.streams(OPEN, REMOTE)
            if state.connection.streams[i].state_machine.headers_sent]

    def _enqueue_data(self):
        """Queues data that the windows allow, so that it becomes frames at once."""
        state = self._state
        random = state.random
        streams = self._sending()
        if not streams:
            return None
        stream_id = random.choice(streams)
        unsent = state.connection.streams[stream_id].unsent
        # More than the high water mark would cause an event.
        most = min(state.connection.local_flow_control_window(stream_id), 65536)
        if unsent is not None:
            most = min(most, unsent)
        if most <= 0:
            return None
        size = min(random.choice((1, 100, 16384, 16385, most)), most)
        end = int(state.chance(0.2) and unsent in (None, size))
        return ("enq", stream_id, bytes([random.randrange(256)]) * size, end)

    def _end_stream(self):
        state = self._state
        streams = [
            i for i in self._complete(OPEN, REMOTE)
            if state.connection.streams[i].state_machine.headers_sent]
        return ("end", state.random.choice(streams)) if streams else None

    def _reset_stream(self):
        state = self._state
        streams = state.streams(OPEN, REMOTE, LOCAL, RESERVED_LOCAL, RESERVED_REMOTE)
        if not streams:
            return None
        return ("rst", state.random.choice(streams), state.random.choice(CODES))

    def _push(self):
        state = self._state
        if state.client:
            return None
        streams = [i for i in self._outside_tunnels(state.streams(OPEN, REMOTE)) if i & 1]
        if not streams or not state.connection.remote_settings.enable_push:
            return None
        promised = (state.connection.highest_outbound_stream_id + 2 & ~1) \
            + state.random.choice((0, 0, 2))
        return (
            "push", state.random.choice(streams), promised,
            state.sections.request(
                bad=state.chance(state.error_rate * 0.5),
                promised=not state.chance(state.error_rate * 0.5)))

    def _ping_call(self):
        return ("ping", self._state.random.randbytes(8))

    def _close(self):
        state = self._state
        random = state.random
        if not state.chance(0.1):
            return None
        return (
            "close", random.choice(CODES), random.choice((b"", b"", b"because")),
            random.choice((None, None, 0, 1, MAX_ID)))

    def _update_settings(self):
        state = self._state
        random = state.random
        choices = {
            1: (0, 100, 4096, 10000), 3: (0, 1, 5, 100, 2**32 - 1),
            4: (0, 1, 50, 3000, 65535, 200000), 5: (16384, 20000, 1 << 20),
            6: (100, 1000, 65536), 0xff: (1, 2), 9: (0,),
        }
        if state.client:
            choices[2] = (0, 1)
        else:
            choices[8] = (1,)
        keys = random.sample(sorted(choices), random.choice((0, 1, 1, 1, 2, 3)))
        return ("set", tuple((key, random.choice(choices[key])) for key in keys))

    def _alternative_call(self):
        state = self._state
        random = state.random
        if state.client:
            return None
        field = random.choice((b'h2=":443"', b"clear", b""))
        if state.chance(0.5):
            return ("alto", field, random.choice((b"https://example.com", b"x")))
        streams = [
            i for i in state.streams(OPEN, REMOTE, LOCAL, RESERVED_LOCAL)
            if not state.connection.streams[i].state_machine.headers_sent]
        return ("alts", field, random.choice(streams)) if streams else None

    def _prioritize(self):
        state = self._state
        random = state.random
        if not state.client:
            return None
        stream_id = random.choice((1, 3, 5, 2, 99))
        parent = random.choice((0, 0, 7, 9))
        return ("prio", stream_id, (random.choice((1, 16, 256)), parent, random.randrange(2)))

    def _acknowledge(self):
        state = self._state
        random = state.random
        held = [(i, n) for i, n in state.held.items() if n]
        if not held:
            return None
        stream_id, size = random.choice(held)
        part = size if state.chance(0.6) else random.randint(0, size)
        state.held[stream_id] = size - part
        return ("ack", part, stream_id)

    def _increment(self):
        state = self._state
        random = state.random
        streams = [0, 0] + state.streams(OPEN, LOCAL, RESERVED_REMOTE)
        return ("inc", random.choice((1, 100, 65535, 1 << 20)), random.choice(streams))

    def _small_call(self):
        state = self._state
        return state.random.choice((
            ("next",), ("next",), ("take", state.random.choice((0, 1, 9, 100, -1))), ("clear",),
            ("prune",), ("prune",), ("nothing",)))

    _CALLS = (
        _send_headers, _send_data, _end_stream, _reset_stream, _push, _ping_call, _close,
        _update_settings, _alternative_call, _prioritize, _acknowledge, _increment, _small_call,
        _enqueue_data)

    _CALL_WEIGHTS = (40, 15, 5, 4, 7, 1, 1, 5, 3, 3, 10, 4, 4, 10)

    def misuse(self):
        """Returns a call with arbitrary arguments on an arbitrary stream."""
        state = self._state
        random = state.random
        stream_id = state.any_id()
        kind = random.randrange(16)
        if kind <= 1:
            fields = random.choice((
                state.sections.request, state.sections.response, state.sections.trailers,
                state.sections.informational))(bad=state.chance(0.3))
            if state.chance(0.03):
                fields = ()
            priority = None
            if state.chance(0.3):
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
            return ("rst", stream_id, random.choice(CODES))
        if kind <= 6:
            promised = random.choice((
                state.any_id(), state.connection.highest_outbound_stream_id + 2 & ~1))
            fields = state.sections.request(promised=state.chance(0.8))
            return ("push", stream_id, promised, fields)
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
                random.choice((0, 1, 256, 257, -1)),
                random.choice((0, stream_id, MAX_ID, 2**31)), 1))
        if kind == 11:
            return ("ack", random.choice((-1, 0, 1, 100, 65535, 10**6)), stream_id)
        if kind <= 13:
            return ("inc", random.choice((-1, 0, 1, MAX_ID, MAX_ID + 1, MAX_ID - 65535)), stream_id)
        if kind == 14:
            return random.choice((("init",), ("upc",), ("ups", None), ("ups", b"AAMAAABk")))
        return ("ping", random.randbytes(8))
