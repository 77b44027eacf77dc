# SPDX-License-Identifier: MIT
"""Short conversations for states that random steps seldom reach.

Each is (role, initial settings, steps), and the switches if they are not the defaults."""

import random

from generate import peer
import wire

MAX_ID = 2**31 - 1
_REQUEST = (
    (b":method", b"POST", False), (b":scheme", b"https", False), (b":path", b"/", False),
    (b":authority", b"example.com", False))
_CONNECT = ((b":method", b"CONNECT", False), _REQUEST[3])
_PROMISED = ((b":method", b"GET", False),) + _REQUEST[1:]
_LENGTH = ((b"content-length", b"5", False),)
_EXTENDED = (
    (b":method", b"CONNECT", False), (b":protocol", b"websocket", False)) + _REQUEST[1:]
_HEAD = ((b":method", b"HEAD", False),) + _REQUEST[1:]
_RESPONSE = ((b":status", b"200", False),)
_INTERIM = ((b":status", b"103", False),)
_TRAILERS = ((b"x", b"y", False),)
_ACK = peer.settings_frame(ack=True)


def _block(fields):
    return peer.Compressor(random.Random(0), False).encode(fields)


def _headers(stream_id, fields, end=0):
    return "recv", peer.headers_frames(wire.HEADERS, stream_id, _block(fields), end)


def _promise(promised):
    return "recv", peer.headers_frames(
        wire.PUSH_PROMISE, 1, _block(_PROMISED), promised=promised)


def _settings(*entries):
    return "recv", peer.settings_frame(entries)


def _client(*steps, settings=()):
    opening = ("open", "init", None, peer.settings_frame() + _ACK)
    return "client", settings, (opening,) + steps


def _server(*steps, settings=()):
    opening = ("open", "init", None, wire.PREFACE + peer.settings_frame() + _ACK)
    return "server", settings, (opening,) + steps


def _upgrade(header):
    return "server", (), (("open", "ups", header, wire.PREFACE + peer.settings_frame() + _ACK),)


_ASK = ("hdr", 1, 0, None, _REQUEST)

SCENARIOS = (
    ("client", (), (
        ("open", "init", None, peer.settings_frame() + _ACK), ("hdr", 1, 0, None, _INTERIM)),
     (False, True, False, True, True)),
    _client(("hdr", MAX_ID, 0, None, _REQUEST), ("next",)),
    _server(_headers(1, _REQUEST), ("push", 1, 2**31 + 2, _PROMISED),
            ("push", 1, MAX_ID - 1, _PROMISED), ("next",)),
    _client(("inc", 1, 0), ("hdr", 2, 0, (16, 0, 0), _REQUEST),
            ("hdr", 1, 0, (257, 0, 0), _REQUEST)),
    _upgrade(b"!!!!"), _upgrade(b"AAMAAABk"), _upgrade(b"AAM"), _upgrade(None),
    _upgrade(b"AAIAAAAC"), _upgrade(b"AAQAAAAF"),
    ("client", ((1, 0),), (
        ("init",), _ASK, ("recv", peer.settings_frame()), _headers(1, _RESPONSE))),
    _server(("recv", wire.frame(wire.HEADERS, wire.PADDED, 1, b"\x01\x00"))),
    _server(_headers(1, _REQUEST), ("recv", peer.data_frame(1, bytes(100))), ("ack", 65535, 1)),
    _client(_settings((8, 1)), _settings((8, 0))),
    _client(_ASK, _promise(2), ("rst", 1, 8), _promise(2)),
    ("server", (), (
        ("open", "init", None, wire.PREFACE + peer.settings_frame() + _ACK), _headers(1, _REQUEST),
        ("hdr", 1, 1, None, ((b"keep-alive", b"1", False),) + _INTERIM)),
     (False, True, False, True, True)),
    ("client", ((4, 0),), (("init",), _ASK)),
    _server(("recv", peer.goaway_frame(0, 0)), _headers(1, _REQUEST), settings=((3, 0),)),
    _client(("hdr", 5, 0, None, _REQUEST), _headers(5, _RESPONSE, 1), ("rst", 5, 8), ("prune",),
            _headers(5, _RESPONSE), settings=((3, 0),)),
    _client(("hdr", 1, 1, None, _REQUEST), ("recv", peer.word_frame(8, 1, 65535)),
            _headers(1, _RESPONSE, 1), _settings((4, MAX_ID))),
    _client(_ASK, _settings((4, 0), (1, 64)), ("end", 1)),
    _server(_headers(1, _REQUEST), ("alto", b"x", b""), ("dat", 9, b"", 0, None),
            ("hdr", 1, 1, None, _RESPONSE), ("alts", b"x", 1)),
    _server(("set", ((4, 10),)), _headers(1, _REQUEST), ("recv", peer.data_frame(1, bytes(100))),
            ("recv", _ACK), ("recv", peer.data_frame(1, b""))),
    _client(("hdr", 1, 0, None, _CONNECT),
            _headers(1, _RESPONSE + ((b"content-length", b"9", False),)),
            ("recv", peer.data_frame(1, b"abc", True))),
    _server(_headers(1, _REQUEST, 1), ("recv", peer.headers_frames(
        wire.HEADERS, 1, _block(_TRAILERS), 1, priority=(16, 1, 0)))),
    _server(_headers(1, _REQUEST), _headers(3, _REQUEST),
            ("recv", peer.data_frame(1, bytes(10))), ("rst", 1, 8),
            ("recv", peer.data_frame(1, bytes(16384))), ("inc", 1, 0),
            ("recv", peer.data_frame(1, bytes(16384)))),
    _server(_headers(1, _REQUEST + ((b"cookie", b" a", False), (b"cookie", b"b", False)))),
    _server(_headers(1, _REQUEST + ((b"cookie", b"a ", False), (b"cookie", b"b", False)))),
    _client(("hdr", 1, 1, None, _REQUEST), _headers(1, ((b"cookie", b"a", False),) + _INTERIM)),
    _server(("set", ((4, 1),)), _headers(1, _REQUEST),
            ("recv", peer.data_frame(1, b"", pad=255)), ("recv", _ACK)),
    _server(("set", ((9, 1),)), ("set", ((2, 1),)), ("set", ((8, 1),)), ("set", ((8, 0),)),
            _settings((3, 0)), ("hdr", 4, 0, None, _RESPONSE)),
    _client(_ASK, _promise(2), ("rst", 2, 8), ("recv", peer.headers_frames(
        wire.PUSH_PROMISE, 2, _block(_PROMISED), promised=4))),
    _server(_headers(1, _REQUEST), ("inc", 65535, 1), ("set", ((4, MAX_ID),))),
    _server(_headers(1, _REQUEST), _settings((3, 0)), ("push", 1, 2, _PROMISED),
            ("hdr", 2, 0, None, _RESPONSE)),
    _client(_headers(2, _REQUEST), settings=((3, 0),)),
    _client(_headers(2, _REQUEST)),
    _client(("hdr", 1, 0, None, _HEAD), ("hdr", 1, 1, None, _TRAILERS), _headers(1, _RESPONSE),
            ("recv", peer.data_frame(1, b"abc"))),
    _client(_ASK, _promise(0x80000002)),
    _client(_ASK, _promise(2), _headers(2, _RESPONSE), settings=((3, 0),)),
    _server(_headers(1, _REQUEST), ("push", 1, 2, _PROMISED), _headers(2, _REQUEST)),
    _server(_headers(1, _REQUEST), ("push", 1, 2, _PROMISED),
            ("recv", peer.data_frame(2, b"abc"))),
    _client(("recv", wire.frame(wire.PING, 0, 0, b"short")), ("close", 0, b"", None)),
    _server(("recv", wire.frame(wire.PING, 0, 0, b"short")), ("close", 0, b"", None)),
    _server(_headers(1, _REQUEST), ("recv", peer.word_frame(8, 1, MAX_ID - 65535)),
            _settings((4, MAX_ID))),
    _client(("recv", peer.goaway_frame(0x80000001, 0))),
    _client(("recv", peer.word_frame(8, 0, 0x80000005))),
    _client(_settings((1, 65536)), _settings((1, 1)), _ASK),
    _client(("recv", wire.frame(wire.SETTINGS, wire.ACK, 0, bytes(6)))),
    _client(("recv", wire.frame(wire.RST_STREAM, 0, 1, bytes(4)))),
    _client(_ASK, ("recv", wire.frame(wire.HEADERS, 4, 1, b"\xff\xff\xff\xff\xff\x0f"))),
    _server(("recv", peer.headers_frames(
        wire.PUSH_PROMISE, 1, _block(_PROMISED), pad=3, promised=2))),
    _server(_settings((4, 100000)), _headers(1, _REQUEST), ("hdr", 1, 0, None, _RESPONSE),
            ("dat", 1, bytes(16385), 0, None), ("prio", 1, (16, 0, 0))),
    _client(_settings((4, 100000)), _ASK, ("dat", 1, bytes(16385), 0, None)),
    _server(_headers(1, _REQUEST), ("push", 1, 2, _PROMISED), ("push", 2, 4, _PROMISED),
            ("inc", 5, 2), ("alts", b"x", 2), ("prio", 2, (16, 0, 0))),
    _server(_headers(1, _REQUEST), ("rst", 1, 8),
            _headers(1, tuple((b"%d" % i, bytes(90), False) for i in range(700))[:170]),
            settings=((6, 1000),)),
    _server(_headers(1, _REQUEST, 1),
            ("recv", bytes.fromhex("000007012c00000001050000000000" "00"))),
    _server(_headers(1, _REQUEST), ("recv", peer.word_frame(3, 1, 8)), ("alts", b"x", 1)),
    _server(("recv", wire.frame(wire.HEADERS, 0, 0, b"", 16385))),
    _client(("set", ((0xf000, 1),)), ("hdr", 2**31 + 1, 0, None, _REQUEST),
            ("ack", 1, 2**31 + 1), ("close", 0, bytes(16377), None)),
    _server(("recv", wire.frame(wire.HEADERS, 0, 1, b"\x82")), ("end", 2)),
    _server(_headers(1, _REQUEST, 1), ("recv", wire.frame(wire.HEADERS, 4, 1, b"\xff\x00"))),
    _server(_headers(1, _REQUEST, 1), ("recv", wire.frame(wire.HEADERS, 0, 1, b"\xff\x00"))),
    _client(("hdr", 1, 1, None, _REQUEST), ("hdr", 3, 1, None, _REQUEST),
            ("recv", peer.word_frame(8, 0, 100000)), ("recv", peer.word_frame(8, 3, 1)),
            _settings((4, MAX_ID))),
    _server(("set", ((3, 0),)),
            ("recv", wire.frame(wire.HEADERS, 4, 1, b"\xff\xff\xff\xff\xff\x0f"))),
    _client(_settings((9, 1), (4, 2**31))),
    _client(("set", ((3, 0),)), _ASK, _promise(2), ("recv", peer.headers_frames(
        wire.HEADERS, 2, _block(_RESPONSE), cuts=(1,))[:10])),
    _client(("hdr", 1, 1, None, _REQUEST), _headers(1, (
        (b":status", b"204", False), (b"content-length", b"5", False))),
            ("recv", peer.data_frame(1, b"", True))),
    _client(_ASK, ("set", ((4, MAX_ID),)), ("inc", 65535, 1), ("hdr", 1, 1, None, ())),
    ("client", (), (
        ("open", "init", None, peer.settings_frame() + _ACK),
        ("hdr", 1, 0, None, _REQUEST + ((b"cookie ", b"a; b", False),))),
     (False, True, True, True, True)),
    _client(_settings((5, 1), (5, 16384))),
    ("client", ((1, 0),), (
        ("open", "init", None, peer.settings_frame() + _ACK), ("set", ((1, 10000),)),
        ("recv", _ACK), _ASK, _headers(1, _RESPONSE))),
    _server(_headers(1, _REQUEST), ("rst", 1, 8), _headers(0x30001, _REQUEST),
            _headers(1, _REQUEST)),
    _server(("recv", wire.frame(wire.WINDOW_UPDATE, 0, 0, b"", 5))),
    _server(_headers(1, _CONNECT), ("hdr", 1, 0, None, _RESPONSE), ("hdr", 1, 1, None, _TRAILERS),
            ("push", 1, 2, _PROMISED), ("dat", 1, b"abc", 0, None), _headers(1, _TRAILERS, 1),
            _promise(2)),
    _client(("hdr", 1, 0, None, _CONNECT), _headers(1, _RESPONSE), _promise(2)),
    _server(_headers(1, _REQUEST), ("close", 0, b"", 0), ("close", 0, b"", 1),
            ("close", 0, b"", None)),
    _server(_headers(1, (_CONNECT[0], (b"host", b"a:1", False)))),
    _client(("hdr", 1, 0, None, (_CONNECT[0], (b"host", b"a:1", False)))),
    _client(("hdr", 1, 0, None, _CONNECT), ("hdr", 1, 1, None, _TRAILERS), ("end", 1),
            _headers(1, _RESPONSE)),
    _server(_headers(1, _REQUEST), ("hdr", 1, 0, None, ((b":status", b"205", False),)),
            ("dat", 1, b"abc", 0, None), ("dat", 1, b"", 0, None), ("hdr", 1, 1, None, _TRAILERS)),
    _client(("hdr", 1, 0, None, _EXTENDED),
            ("hdr", 1, 0, None, _REQUEST + ((b"host", b"EXAMPLE.com:443", False),) + _LENGTH),
            ("end", 1), ("dat", 1, b"123456", 0, None), ("dat", 1, b"12345", 1, 3),
            _headers(1, ((b":status", b"204", False),)), ("recv", peer.data_frame(1, b"abc"))),
    _server(_headers(1, _REQUEST), ("hdr", 1, 0, None, ((b":status", b"101", False),)),
            ("push", 1, 2, _REQUEST), ("push", 1, 2, _PROMISED + _LENGTH),
            ("hdr", 1, 1, None, _RESPONSE + _LENGTH), _headers(3, _EXTENDED)),
    _server(("set", ((3, 0),)), ("recv", wire.frame(wire.HEADERS, 0, 1, b"\x82"))),
    _client(_ASK, ("rst", 1, 8), _promise(2), _headers(2, _RESPONSE)),
    _client(_settings((8, 1)), _ASK, ("recv", peer.word_frame(8, 1, 1)),
            _settings((4, MAX_ID), (8, 0))),
    _client(_ASK, _promise(2), ("rst", 2, 8), ("prune",), ("recv", peer.headers_frames(
        wire.PUSH_PROMISE, 2, _block(_PROMISED), promised=4))),
    _server(_headers(1, _REQUEST), ("recv", peer.data_frame(1, bytes(9000))), ("ack", 9000, 1),
            ("set", ((4, 9000),)), ("recv", _ACK), ("recv", peer.data_frame(1, bytes(9000)))),
)

# The maximum for which 3000 conversations, the default, run each scenario.
assert len(SCENARIOS) <= 120


def scenario(number):
    return SCENARIOS[number % len(SCENARIOS)]
