# SPDX-License-Identifier: MIT
"""The h2 side: performs steps on a connection of h2, and observes the connection."""

import binascii
import struct
import zlib

from h2.connection import ConnectionState
from h2 import events as ev
from h2 import exceptions as ex
from h2.settings import Settings
from h2.stream import StreamState
from hyperframe.exceptions import HyperframeError
from hpack import HeaderTuple, NeverIndexedHeaderTuple

from allowed import patch
from allowed.patched_connection import Connection
from wire import fields_text

KINDS = {
    ex.ProtocolError: "protocolViolation",
    ex.FrameTooLargeError: "frameTooLarge",
    ex.FrameDataMissingError: "frameDataMissing",
    ex.TooManyStreamsError: "tooManyStreams",
    ex.FlowControlError: "flowControl",
    ex.StreamIDTooLowError: "streamIDTooLow",
    ex.NoAvailableStreamIDError: "noAvailableStreamID",
    ex.NoSuchStreamError: "noSuchStream",
    ex.StreamClosedError: "streamClosed",
    ex.InvalidSettingsValueError: "invalidSettingsValue",
    ex.InvalidBodyLengthError: "invalidBodyLength",
    ex.RFC1122Error: "notPermitted",
    ex.DenialOfServiceError: "denialOfService",
    ValueError: "invalidArgument",
    binascii.Error: "invalidArgument",
    struct.error: "invalidArgument",
}

# The size of the largest frame for data that H2 queues.
MAX_QUEUED_FRAME = 16384

# The fields of a report, in the order in which h2steps writes them.
FIELDS = (
    "error", "returned", "events", "window", "open", "highest", "state", "frame size",
    "local settings", "announced settings", "remote settings", "available", "sendable",
    "stream windows", "pending", "output")


class Failure:
    """The error that a step raised."""

    def __init__(self, error, origin):
        self.type = type(error)
        self.kind = KINDS.get(type(error), type(error).__name__)
        self.code = getattr(error, "error_code", None)
        self.origin = origin
        self.stream_id = getattr(error, "stream_id", None)
        self.expected = getattr(error, "expected_length", None)
        self.actual = getattr(error, "actual_length", None)
        self.message = str(error)

    def __str__(self):
        return "%s,%s,%s" % (self.kind, "-" if self.code is None else int(self.code), self.origin)


def _section(name, event):
    priority = event.priority_updated
    ends = not isinstance(event, ev.InformationalResponseReceived) \
        and event.stream_ended is not None
    return "%s,%d,%d,%s,%s" % (
        name, event.stream_id, ends,
        "-" if priority is None else _priority(priority), fields_text(event.headers))


def _priority(event):
    return "%d/%d/%d" % (event.weight, event.depends_on, event.exclusive)


def _sum(data):
    return "%d,%d" % (len(data), zlib.crc32(data))


def _changes(changes):
    return "".join(
        ",%d:%s>%d" % (
            c.setting, "-" if c.original_value is None else c.original_value, c.new_value)
        for c in changes.values())


def event_text(event, client):
    kind = type(event)
    if kind is ev.DataReceived:
        return "data,%d,%d,%d,%s" % (
            event.stream_id, event.stream_ended is not None, event.flow_controlled_length,
            _sum(event.data))
    if kind is ev.RequestReceived:
        return _section("request", event)
    if kind is ev.ResponseReceived:
        return _section("response", event)
    if kind is ev.InformationalResponseReceived:
        return _section("informational", event)
    if kind is ev.TrailersReceived:
        return _section("trailers", event)
    if kind is ev.StreamEnded:
        return "ended,%d" % event.stream_id
    if kind is ev.StreamReset:
        retry = event.remote_reset and event.error_code == 7 and event.stream_id % 2 == client
        return "reset,%d,%d,%d,%d" % (event.stream_id, event.error_code, event.remote_reset, retry)
    if kind is ev.WindowUpdated:
        return "window,%d,%d" % (event.stream_id, event.delta)
    if kind is ev.RemoteSettingsChanged:
        return "settings" + _changes(event.changed_settings)
    if kind is ev.SettingsAcknowledged:
        return "acknowledged" + _changes(event.changed_settings)
    if kind is ev.PingReceived:
        return "ping," + event.ping_data.hex()
    if kind is ev.PingAckReceived:
        return "pong," + event.ping_data.hex()
    if kind is ev.PushedStreamReceived:
        return "pushed,%d,%d,%s" % (
            event.pushed_stream_id, event.parent_stream_id, fields_text(event.headers))
    if kind is ev.PriorityUpdated:
        return "priority,%d,%s" % (event.stream_id, _priority(event))
    if kind is ev.ConnectionTerminated:
        return "terminated,%d,%d,%s" % (
            event.last_stream_id, event.error_code, (event.additional_data or b"").hex())
    if kind is ev.AlternativeServiceAvailable:
        return "alternative,%s,%s" % ((event.origin or b"").hex(), event.field_value.hex())
    if kind is ev.UnknownFrameReceived:
        frame = event.frame
        return "unknown,%d,%d,%d,%s" % (
            frame.stream_id, frame.type, frame.flag_byte, _sum(frame.body))
    raise AssertionError(event)


def _tuples(headers):
    return [(NeverIndexedHeaderTuple if never else HeaderTuple)(n, v) for n, v, never in headers]


class PythonH2:
    """One connection of h2."""

    def __init__(self, setup):
        self.setup = setup
        self.client = setup.role == "client"
        self.connection = self._make()
        # The successful calls and all received bytes, for `roll_back`.
        self.past = []
        self.initiated = False
        self.has_settings = False
        # Whether a remote error ended the connection.
        self.is_dead = False

    def _make(self):
        return Connection(
            self.client, dict(zip(self.setup.SWITCHES, self.setup.switches)))

    def _initial_settings(self, connection):
        if self.setup.settings and not self.initiated:
            values = {3: 100, 6: 65536}
            values.update(self.setup.settings)
            connection.local_settings = Settings(client=self.client, initial_values=values)

    def _do(self, connection, step):
        """Performs a step; returns its return value as bytes, and the events."""
        verb = step[0]
        if verb == "recv":
            return b"", connection.receive_data(step[1])
        if verb == "open":
            first = step[1:3] if step[1] == "ups" else step[1:2]
            returned, _ = self._do(connection, first)
            self.opened = returned
            self.initiated = True
            return returned or b"", connection.receive_data(step[3])
        if verb == "hdr":
            _, stream_id, end, priority, headers = step
            weight, parent, exclusive = priority or (None, None, None)
            if exclusive is not None:
                exclusive = bool(exclusive)
            connection.send_headers(
                stream_id, _tuples(headers), bool(end), weight, parent, exclusive)
        elif verb == "dat":
            connection.send_data(step[1], step[2], bool(step[3]), step[4])
        elif verb == "enq":
            _, stream_id, data, end = step
            while len(data) > MAX_QUEUED_FRAME:
                connection.send_data(stream_id, data[:MAX_QUEUED_FRAME])
                data = data[MAX_QUEUED_FRAME:]
            connection.send_data(stream_id, data, bool(end))
        elif verb == "end":
            connection.end_stream(step[1])
        elif verb == "rst":
            connection.reset_stream(step[1], step[2])
        elif verb == "push":
            connection.push_stream(step[1], step[2], _tuples(step[3]))
        elif verb == "ping":
            connection.ping(step[1])
        elif verb == "close":
            connection.close_connection(step[1], step[2], step[3])
        elif verb == "set":
            connection.update_settings(dict(step[1]))
        elif verb == "alto":
            connection.advertise_alternative_service(step[1], origin=step[2])
        elif verb == "alts":
            connection.advertise_alternative_service(step[1], stream_id=step[2])
        elif verb == "prio":
            weight, parent, exclusive = step[2]
            connection.prioritize(step[1], weight, parent, bool(exclusive))
        elif verb == "ack":
            connection.acknowledge_received_data(step[1], step[2])
        elif verb == "inc":
            connection.increment_flow_control_window(step[1], step[2] or None)
        elif verb == "next":
            return str(connection.get_next_available_stream_id()).encode(), []
        elif verb == "take":
            return connection.data_to_send(step[1]), []
        elif verb == "clear":
            data = bytes(connection._data_to_send)
            connection.clear_outbound_data_buffer()
            return data, []
        elif verb in ("init", "upc", "ups"):
            self._initial_settings(connection)
            if verb == "init":
                returned = connection.initiate_connection()
            elif verb == "upc":
                returned = connection.initiate_upgrade_connection()
            else:
                returned = connection.initiate_upgrade_connection(step[1])
            connection.announced()
            if verb == "upc":
                connection.answered()
            return returned or b"", []
        elif verb == "prune":
            connection.open_inbound_streams
        elif verb != "nothing":
            raise AssertionError(verb)
        return b"", []

    def perform(self, step):
        """Performs a step; returns (failure or None, returned, events)."""
        connection = self.connection
        connection.seen = []
        connection.trace = []
        self.opened = None
        patch.counted.clear()
        try:
            returned, events = self._do(connection, step)
        except ex.H2Error as error:
            return self._failed(error, step)
        except (ValueError, KeyError, IndexError, AssertionError, OverflowError,
                HyperframeError, struct.error) as error:
            return self._failed(error, step)
        if step[0] in ("init", "upc", "ups", "open"):
            self.initiated = True
        self.past.append(step)
        return None, returned, events

    def _failed(self, error, step):
        received = step[0] == "recv" or self.opened is not None
        if received:
            self.past.append(step)
            self.is_dead = True
        failure = Failure(error, "remote" if received else "local")
        return failure, self.opened or b"", self.connection.seen

    def roll_back(self):
        """Undoes a failed call by repeating all other steps on a new connection."""
        connection = self._make()
        initiated, self.initiated = self.initiated, False
        for step in self.past:
            connection.seen = []
            try:
                self._do(connection, step)
            except Exception:
                pass
            if step[0] in ("init", "upc", "ups", "open"):
                self.initiated = True
        self.initiated = initiated
        self.connection = connection

    def drain(self):
        data = self.connection.data_to_send()
        if data:
            self.past.append(("take", len(data)))
        return data

    # Compared properties. h2's own counts would make it forget closed streams.

    def open_counts(self):
        inbound = outbound = 0
        for stream_id, stream in self.connection.streams.items():
            if stream.open:
                if stream_id % 2 == self.client:
                    outbound += 1
                else:
                    inbound += 1
        return inbound, outbound

    def state(self):
        return STATES[self.connection.state_machine.state]

    def settings_text(self, settings, index):
        return "".join(
            "%d=%d;" % (k, values[index]) for k, values in sorted(settings._settings.items())
            if values[index] is not None)

    def watched(self, limit=6):
        """Returns the streams whose windows are compared."""
        live = [i for i, s in self.connection.streams.items() if not s.closed]
        return live[-limit:]

    def observe(self, streams):
        c = self.connection
        return [
            "%d,%d" % (c.inbound_flow_control_window, c.outbound_flow_control_window),
            "%d,%d" % self.open_counts(),
            "%d,%d" % (c.highest_inbound_stream_id, c.highest_outbound_stream_id),
            self.state(),
            "%d,%d" % (c.max_outbound_frame_size, c.max_inbound_frame_size),
            self.settings_text(c.local_settings, 0),
            self.settings_text(c.local_settings, -1),
            self.settings_text(c.remote_settings, 0),
            self.available(),
            self.sendable(streams),
            "".join(self.window_text(i) for i in streams),
        ]

    def available(self):
        """Returns the number of streams that this side may open; "-" if h2 does not know it."""
        c = self.connection
        if not self.initiated or not self.has_settings or self.state() == "closed" \
                or not self.client and not c.remote_settings.enable_push:
            return "-"
        limit = c.remote_settings.max_concurrent_streams
        # H2 has no limit then.
        if limit >= 2**32 - 1:
            return "-"
        left = (MAX_ID - c.highest_outbound_stream_id) // 2
        return str(min(left, max(0, limit - self.open_counts()[1])))

    def sendable(self, streams):
        """Returns the number of bytes that fit in one frame on each stream that can send any
        body."""
        c = self.connection
        text = ""
        for stream_id in streams if self.state() != "closed" else ():
            stream = c.streams[stream_id]
            if stream.state_machine.state in SENDING and stream.state_machine.headers_sent \
                    and stream.unsent is None:
                window = c.local_flow_control_window(stream_id)
                text += "%d=%d;" % (stream_id, max(0, min(window, c.max_outbound_frame_size)))
        return text

    def window_text(self, stream_id):
        try:
            return "%d=%d/%d;" % (
                stream_id, self.connection.local_flow_control_window(stream_id),
                self.connection.remote_flow_control_window(stream_id))
        except ex.H2Error as error:
            return "%d=%s;" % (stream_id, KINDS[type(error)])


MAX_ID = 2**31 - 1

SENDING = StreamState.OPEN, StreamState.HALF_CLOSED_REMOTE

STATES = {
    ConnectionState.IDLE: "idle",
    ConnectionState.CLIENT_OPEN: "open",
    ConnectionState.SERVER_OPEN: "open",
    ConnectionState.CLOSED: "closed",
}
