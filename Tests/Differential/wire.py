# SPDX-License-Identifier: MIT
"""Frames and their bytes, in a form that can be compared: with decoded field blocks."""

import struct

from hpack import Decoder, HPACKError, NeverIndexedHeaderTuple

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION, ALTSVC = range(11)
NAMES = (
    "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
    "WINDOW_UPDATE", "CONTINUATION", "ALTSVC")

END_STREAM = ACK = 1
END_HEADERS = 4
PADDED = 8
PRIORITY_FLAG = 0x20


def fields_text(headers):
    parts = []
    for header in headers:
        name, value = header
        never = isinstance(header, NeverIndexedHeaderTuple)
        parts.append("%s=%s%s;" % (name.hex(), value.hex(), "!" if never else ""))
    return "".join(parts)


def name(kind):
    return NAMES[kind] if kind < len(NAMES) else "unknown"


def frame(kind, flags, stream_id, payload=b"", length=None):
    """Returns a frame, with `length` in its length field if given."""
    if length is None:
        length = len(payload)
    return struct.pack(
        ">HBBBL", length >> 8 & 0xffff, length & 0xff, kind, flags, stream_id) + payload


def split(data):
    """Returns the frames in bytes, as (kind, flags, stream, payload), and the remaining bytes."""
    frames, position = [], 0
    while len(data) - position >= 9:
        high, low, kind, flags, stream_id = struct.unpack_from(">HBBBL", data, position)
        end = position + 9 + (high << 8 | low)
        if end > len(data):
            break
        frames.append((kind, flags, stream_id & 0x7fffffff, data[position + 9:end]))
        position = end
    return frames, data[position:]


class Wire:
    """The output of one side, parsed frame by frame."""

    def __init__(self):
        self._decoder = Decoder(max_header_list_size=1 << 30)
        self._decoder.max_allowed_table_size = 1 << 32
        self._block = None

    def read(self, data, max_frame_size, table_size):
        """Returns the frames in a form that can be compared.

        `table_size` is the HPACK table size in the peer's last SETTINGS."""
        result = []
        if data.startswith(PREFACE):
            result.append("preface")
            data = data[len(PREFACE):]
        frames, rest = split(data)
        if rest:
            result.append("cut off: " + rest.hex())
        one_ack = sum(f[0] == SETTINGS and f[1] & ACK for f in frames) == 1
        for kind, flags, stream_id, payload in frames:
            if len(payload) > max_frame_size:
                result.append("%s of %d bytes is too long" % (name(kind), len(payload)))
            if kind in (HEADERS, PUSH_PROMISE):
                self._block = [kind, flags, stream_id, payload]
                if not flags & END_HEADERS:
                    continue
            elif kind == CONTINUATION and self._block and self._block[2] == stream_id:
                self._block[3] += payload
                if not flags & END_HEADERS:
                    continue
            elif self._block:
                result.append("a block is interrupted")
                self._block = None
            if self._block:
                result.append(self._section(*self._block))
                self._block = None
            elif kind == SETTINGS:
                if flags & ACK:
                    # With several ACKs, only the last SETTINGS' table size is known.
                    self._decoder.max_allowed_table_size = table_size if one_ack else 1 << 32
                entries = [struct.unpack_from(">HL", payload, i) for i in range(0, len(payload), 6)]
                result.append("SETTINGS flags %d stream %d: %s" % (
                    flags, stream_id, " ".join("%d=%d" % e for e in entries)))
            elif kind == GOAWAY:
                last, code = struct.unpack_from(">LL", payload)
                result.append("GOAWAY last %d code %d data %s" % (last, code, payload[8:].hex()))
            else:
                result.append("%s flags %d stream %d: %s" % (
                    name(kind), flags, stream_id, payload.hex()))
        return result

    def _section(self, kind, flags, stream_id, payload):
        pad = ""
        if flags & PADDED:
            pad = " padded %d" % payload[0]
            payload = payload[1:len(payload) - payload[0]]
        extra = 5 if kind == HEADERS and flags & PRIORITY_FLAG else 4 if kind == PUSH_PROMISE else 0
        try:
            fields = fields_text(self._decoder.decode(payload[extra:], raw=True))
        except HPACKError as error:
            fields = "%s: %s" % (type(error).__name__, error)
        return "%s flags %d stream %d%s %s: %s" % (
            name(kind), flags & ~END_HEADERS, stream_id, pad, payload[:extra].hex(), fields)
