# SPDX-License-Identifier: MIT
"""Patches of h2's settings, and of its handling of frames in some states."""

import collections

from h2.config import H2Configuration
from h2.connection import ConnectionState, H2Connection
from h2.exceptions import ProtocolError, StreamClosedError, StreamIDTooLowError
from h2.settings import ChangedSetting, Settings
from h2.stream import StreamClosedBy, StreamState
from h2.utilities import extract_method_header
from h2.windows import WindowManager
from hyperframe.frame import RstStreamFrame, WindowUpdateFrame

import messages
from allowed.patch import Patch

# Settings.

_FIRST = Patch(
    "local settings wait for their ACK", "RFC 9113 6.5.3: in force only after the ACK")
_EACH = Patch(
    "each ACK acknowledges one SETTINGS frame", "RFC 9113 6.5.3: h2 acknowledges all of them")
_UPGRADE = Patch("101 acknowledges the settings of a client's upgrade", "RFC 7540 3.2.1")


class LocalSettings(Settings):
    """Local settings of which each ACK puts one SETTINGS frame in force, the first included."""

    def __init__(self, client, first):
        super().__init__(client)
        self.frames = []
        self.is_first = True
        # Whether the next ACK is for settings that are already in force.
        self.is_in_force = False
        self.update(first)

    def update(self, values):
        self.frames.append(list(values))
        super().update(values)

    def acknowledge(self):
        if self.is_in_force:
            _UPGRADE.count()
            self.is_in_force = False
            return {}
        if not self.frames:
            return {}
        waiting = {key for key, values in self._settings.items() if len(values) > 1}
        self.is_first = False
        frame = self.frames.pop(0)
        if waiting != set(frame):
            _EACH.count()
        changes = {}
        for key in frame:
            values = self._settings[key]
            old = values.popleft()
            changes[key] = ChangedSetting(key, old, values[0])
        return changes


_STALLED = Patch(
    "a smaller INITIAL_WINDOW_SIZE that closes a window causes credit",
    "decision: h2 gives it with a later acknowledgement, which may never come")

# Frames in some states.

_ONCE = Patch("one RST_STREAM for each stream", "RFC 9113 5.4.2: no second one")
_CLOSED = Patch(
    "input after the caller's GOAWAY is ignored", "decision: closeConnection() ends the connection")
_LOWER = Patch("the last stream of GOAWAY does not increase", "RFC 9113 6.8")
_USED = Patch(
    "a refused promise uses its stream", "RFC 9113 5.1.1, 6.6: h2 leaves it idle")
_PUSH = Patch("PUSH_PROMISE in a tunnel", "RFC 9113 8.5: PROTOCOL_ERROR")
_COUNT = Patch(
    "HEADERS that open no stream do not count",
    "RFC 9113 5.1.2: h2 counts before it validates the stream's state")
_IGNORED = Patch(
    "an ignored field block has no limit", "decision: H2 keeps none of it")
_ITSELF = Patch(
    "a stream that depends on itself", "RFC 7540 5.3.1: an error in any state of the stream")
_WINDOWS = Patch(
    "closed streams have no windows",
    "RFC 9113 6.9.2: h2 changes the windows of those it remembers")
_ALTSVC = Patch(
    "ALTSVC at an idle server", "RFC 7838 4: a server ignores it; h2 enters CLIENT_OPEN")


class Connection(H2Connection):
    """h2's connection with patches, which also records the events before a failure."""

    def __init__(self, client, switches):
        super().__init__(H2Configuration(client_side=client, header_encoding=None, **switches))
        self.seen = []
        self.trace = []
        # Streams that the connection under test has reset.
        self.resets = set()
        # Promised streams that were refused, and the highest promised stream that h2 did not open.
        self.refused = set()
        self.used_up = 0
        self.is_closed_by_caller = False
        self.last_in_goaway = None

    def announced(self):
        """Records that the local settings were sent."""
        if type(self.local_settings) is LocalSettings:
            return
        first = dict(self.local_settings)
        self.local_settings = LocalSettings(self.config.client_side, first)
        for stream in self.streams.values():
            stream._inbound_window_manager = WindowManager(65535)
        # The decoder's limit is the announced one, if that is higher than the default.
        self.decoder.max_header_list_size = max(self.decoder.max_header_list_size, first[6])

    def answered(self):
        """Records that 101 answered the upgrade request, which acknowledges its settings."""
        self._local_settings_acked()
        self.local_settings.is_in_force = True

    def record_waiting(self):
        """Records that the initial settings set by the caller wait for their ACK."""
        if getattr(self.local_settings, "is_first", False):
            _FIRST.count()

    def stream_state(self, stream_id):
        """Returns the name of a stream's state; for a closed stream, also how it was closed."""
        stream = self.streams.get(stream_id)
        if stream is not None:
            machine = stream.state_machine
            if machine.state == StreamState.CLOSED:
                return "closed by " + closed_by(machine.stream_closed_by)
            return machine.state.name.lower()
        if stream_id == 0:
            return "connection"
        highest = (
            self.highest_outbound_stream_id if self._stream_id_is_outbound(stream_id)
            else self.highest_inbound_stream_id)
        if stream_id in self.refused:
            return "closed by send_rst_stream"
        if not self._stream_id_is_outbound(stream_id):
            highest = max(highest, self.used_up)
        if stream_id > highest:
            return "idle"
        if stream_id in self._closed_streams:
            return "pruned, closed by " + closed_by(self._closed_streams[stream_id])
        return "skipped"

    def close_connection(self, error_code, additional_data, last_stream_id):
        if last_stream_id is None and self.last_in_goaway is not None \
                and self.last_in_goaway < self.highest_inbound_stream_id:
            _LOWER.count()
            last_stream_id = self.last_in_goaway
        super().close_connection(error_code, additional_data, last_stream_id)
        self.is_closed_by_caller = True
        self.last_in_goaway = (
            self.highest_inbound_stream_id if last_stream_id is None else last_stream_id)
        self.incoming_buffer._data = bytearray()
        self.incoming_buffer._headers_buffer = []

    def receive_data(self, data):
        if self.is_closed_by_caller:
            _CLOSED.count()
            return []
        return super().receive_data(data)

    def push_stream(self, stream_id, promised_stream_id, request_headers):
        super().push_stream(stream_id, promised_stream_id, request_headers)
        self.streams[promised_stream_id].peer_method = extract_method_header(
            messages.normal(self.config, request_headers))

    def _prepare_for_sending(self, frames):
        kept = []
        for frame in frames:
            if isinstance(frame, RstStreamFrame):
                if frame.stream_id in self.resets:
                    _ONCE.count()
                    continue
                self.resets.add(frame.stream_id)
            kept.append(frame)
        super()._prepare_for_sending(kept)

    def _is_used(self, stream_id):
        """Whether a promise used a remote stream that is still idle in h2."""
        return not self._stream_id_is_outbound(stream_id) \
            and self.highest_inbound_stream_id < stream_id <= self.used_up

    def _begin_new_stream(self, stream_id, allowed_ids):
        if self._is_used(stream_id):
            _USED.count()
            raise StreamIDTooLowError(stream_id, self.used_up)
        stream = super()._begin_new_stream(stream_id, allowed_ids)
        stream.connection = self
        return stream

    def _get_stream_by_id(self, stream_id):
        if stream_id and self._is_used(stream_id):
            _USED.count()
            raise StreamClosedError(stream_id)
        return super()._get_stream_by_id(stream_id)

    def _stream_closed_by(self, stream_id):
        if stream_id in self.refused:
            return StreamClosedBy.SEND_RST_STREAM
        return super()._stream_closed_by(stream_id)

    def _receive_frame(self, frame):
        self.trace.append(
            (frame, self.stream_state(frame.stream_id), self.state_machine.state.name.lower()))
        events = super()._receive_frame(frame)
        self.seen.extend(events)
        return events

    def _receive_headers_frame(self, frame):
        if "PRIORITY" in frame.flags and frame.depends_on == frame.stream_id \
                and self.state_machine.state != ConnectionState.CLOSED:
            _ITSELF.count()
            raise ProtocolError("Stream %d may not depend on itself" % frame.stream_id)
        state = self.stream_state(frame.stream_id)
        is_ignored = state == "half_closed_remote" or state.endswith("rst_stream")
        opens = state == "idle" and frame.stream_id % 2 and not self.config.client_side \
            and self.state_machine.state != ConnectionState.CLOSED
        with self._unlimited(is_ignored):
            if opens or frame.stream_id in self.streams:
                return super()._receive_headers_frame(frame)
            settings = self.local_settings._settings
            limit = settings.get(3)
            if self._open_count() >= self.local_settings.max_concurrent_streams:
                _COUNT.count()
            settings[3] = collections.deque([1 << 32])
            try:
                return super()._receive_headers_frame(frame)
            finally:
                if limit is None:
                    del settings[3]
                else:
                    settings[3] = limit

    def _receive_push_promise_frame(self, frame):
        state = self.stream_state(frame.stream_id)
        promised = frame.promised_stream_id
        is_new = promised % 2 == 0 and self.stream_state(promised) == "idle"
        stream = self.streams.get(frame.stream_id)
        if is_new and stream is not None and stream.is_tunnel \
                and state in ("open", "half_closed_local"):
            _PUSH.count()
            raise ProtocolError("PUSH_PROMISE in a tunnel")
        with self._unlimited(state.endswith("send_rst_stream")):
            try:
                result = super()._receive_push_promise_frame(frame)
            except ProtocolError:
                if is_new and frame.stream_id % 2 and self.local_settings.enable_push \
                        and state.endswith(("open", "half_closed_local", "send_rst_stream")):
                    self.used_up = promised
                raise
        if promised not in self.streams:
            self.refused.add(promised)
            self.used_up = promised
        return result

    def _open_count(self):
        # h2's own count would make it forget closed streams.
        return sum(
            s.open for i, s in self.streams.items() if not self._stream_id_is_outbound(i))

    def _unlimited(self, wanted):
        return _Unlimited(self.decoder) if wanted else _Unlimited(None)

    def _inbound_flow_control_change_from_settings(self, old, new):
        super()._inbound_flow_control_change_from_settings(old, new)
        for stream_id, stream in sorted(self.streams.items()):
            manager = stream._inbound_window_manager
            if new < old and stream.open and manager.current_window_size <= 0:
                increment = manager._maybe_update_window()
                if increment:
                    _STALLED.count()
                    frame = WindowUpdateFrame(stream_id)
                    frame.window_increment = increment
                    self._prepare_for_sending([frame])

    def _receive_settings_frame(self, frame):
        size = frame.settings.get(4)
        if "ACK" not in frame.flags and size is not None:
            delta = size - self.remote_settings.initial_window_size
            if any(s.closed and s.outbound_flow_control_window + delta > 2**31 - 1
                   for s in self.streams.values()):
                _WINDOWS.count()
                self.open_inbound_streams
        return super()._receive_settings_frame(frame)

    def _receive_alt_svc_frame(self, frame):
        if not self.config.client_side and self.state_machine.state == ConnectionState.IDLE:
            _ALTSVC.count()
            return [], []
        return super()._receive_alt_svc_frame(frame)


class _Unlimited:
    """Removes the size limit of a decoder while it decodes a field block."""

    def __init__(self, decoder):
        self._decoder = decoder

    def __enter__(self):
        if self._decoder is not None:
            self._limit = self._decoder.max_header_list_size
            self._decoder.max_header_list_size = 1 << 40
            self._decoder.decode = self._decode

    def __exit__(self, *_):
        if self._decoder is not None:
            self._decoder.max_header_list_size = self._limit
            del self._decoder.decode

    def _decode(self, data, raw=False):
        headers = type(self._decoder).decode(self._decoder, data, raw)
        if sum(len(n) + len(v) + 32 for n, v in headers) > self._limit:
            _IGNORED.count()
        return headers


def closed_by(cause):
    return "error" if cause is None else cause.name.lower()
