# SPDX-License-Identifier: MIT
"""Writes field blocks and frames of the peer, valid and invalid."""

import struct

from hpack import Encoder, HeaderTuple, NeverIndexedHeaderTuple
from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

import wire

_HUFFMAN = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)


def _integer(value, bits, prefix):
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([prefix | value])
    result = bytearray([prefix | limit])
    value -= limit
    while value >= 128:
        result.append(value & 127 | 128)
        value >>= 7
    result.append(value)
    return bytes(result)


def _string(data, huffman):
    if huffman:
        data = _HUFFMAN.encode(data)
    return _integer(len(data), 7, 0x80 if huffman else 0) + data


class Compressor:
    """An HPACK encoder: hpack's, or one that never uses the dynamic table."""

    def __init__(self, random, indexing):
        self._random = random
        self._encoder = Encoder() if indexing else None

    def set_table_size(self, size):
        if self._encoder:
            self._encoder.header_table_size = size

    def encode(self, fields):
        if self._encoder:
            return self._encoder.encode(
                [(NeverIndexedHeaderTuple if never else HeaderTuple)(n, v)
                 for n, v, never in fields], huffman=self._random.random() < 0.5)
        result = b""
        for name, value, never in fields:
            huffman = self._random.random() < 0.3
            result += (b"\x10" if never else b"\x00") + _string(name, huffman) \
                + _string(value, huffman)
        return result


def headers_frames(kind, stream_id, block, flags=0, pad=None, priority=None, promised=None,
                   cuts=()):
    """Returns HEADERS or PUSH_PROMISE, and CONTINUATION frames if the block is cut."""
    pieces, start = [], 0
    for cut in sorted(cuts):
        pieces.append(block[start:cut])
        start = cut
    pieces.append(block[start:])
    payload = b""
    if promised is not None:
        payload += struct.pack(">L", promised)
    if priority is not None:
        weight, parent, exclusive = priority
        payload += struct.pack(">LB", parent | exclusive << 31, weight - 1)
        flags |= wire.PRIORITY_FLAG
    payload += pieces[0]
    if pad is not None:
        payload = bytes([pad]) + payload + bytes(pad)
        flags |= wire.PADDED
    result = []
    for index, piece in enumerate(pieces):
        end = wire.END_HEADERS if index == len(pieces) - 1 else 0
        if index == 0:
            result.append(wire.frame(kind, flags | end, stream_id, payload))
        else:
            result.append(wire.frame(wire.CONTINUATION, end, stream_id, piece))
    return b"".join(result)


def data_frame(stream_id, data, end=False, pad=None):
    flags = wire.END_STREAM if end else 0
    if pad is not None:
        data = bytes([pad]) + data + bytes(pad)
        flags |= wire.PADDED
    return wire.frame(wire.DATA, flags, stream_id, data)


def settings_frame(entries=(), ack=False):
    return wire.frame(
        wire.SETTINGS, wire.ACK if ack else 0, 0,
        b"".join(struct.pack(">HL", *entry) for entry in entries))


def word_frame(kind, stream_id, word):
    return wire.frame(kind, 0, stream_id, struct.pack(">L", word))


def priority_frame(stream_id, weight, parent, exclusive):
    return wire.frame(
        wire.PRIORITY, 0, stream_id, struct.pack(">LB", parent | exclusive << 31, weight - 1))


def goaway_frame(last, code, data=b""):
    return wire.frame(wire.GOAWAY, 0, 0, struct.pack(">LL", last, code) + data)


def altsvc_frame(stream_id, origin, field, length=None):
    return wire.frame(
        wire.ALTSVC, 0, stream_id,
        struct.pack(">H", len(origin) if length is None else length) + origin + field)
