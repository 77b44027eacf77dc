# SPDX-License-Identifier: MIT
"""Calls that h2 takes and this library refuses: nothing is changed, and both go on.

Each is one deliberate difference, about one call in one state. Its reason names a section of an
RFC, or a decision that the library's design made."""

import re

import sent

_OPENING = ("init", "upc", "ups", "open")
_ALWAYS = _OPENING + ("next", "take", "clear", "nothing", "prune")
_MAX_WINDOW = 2**31 - 1


class Refusal:
    """`when(oracle, step)` is asked before the step is done."""

    def __init__(self, name, reason, error, when):
        self.name, self.reason, self.error, self.when = name, reason, error, when


# Characters that RFC 9113 8.2.1 does not allow.
_BAD_NAME = re.compile(rb"[\x00-\x20A-Z\x7f-\xff]|.:", re.DOTALL)
_BAD_VALUE = re.compile(rb"[\x00\r\n]|^[ \t]|[ \t]$")
_CONNECTION = (
    b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade")


def _has_bad_characters(setup, headers):
    if not setup.switches[0]:
        return False
    for name, value, _ in headers:
        if setup.switches[1]:
            name, value = name.lower().strip(), value.strip()
            if name in _CONNECTION:
                continue
        if not name or _BAD_NAME.search(name) or _BAD_VALUE.search(value):
            return True
    return False


def _has_no_one_length(setup, headers):
    if not setup.switches[0]:
        return False
    lengths = set()
    for name, value, _ in headers:
        if setup.switches[1]:
            name, value = name.lower().strip(), value.strip()
        if name == b"content-length":
            lengths.add(int(value) if re.fullmatch(rb"[0-9]+", value) else None)
    return None in lengths or len(lengths) > 1


def _value(oracle, step, key):
    """What a call announces for a setting, and what was announced before: None for nothing."""
    if step[0] != "set":
        return None, None
    known = oracle.connection.local_settings._settings
    return dict(step[1]).get(key), known[key][-1] if key in known else None


def _lacks_room(oracle, step):
    """Whether a window would have no room for an INITIAL_WINDOW_SIZE once that is in force."""
    size, _ = _value(oracle, step, 4)
    if size is None or size > _MAX_WINDOW:
        return False
    growth = size - oracle.connection.local_settings.initial_window_size
    return growth > 0 and any(
        not s.closed and s._inbound_window_manager.max_window_size + growth > _MAX_WINDOW
        for s in oracle.connection.streams.values())


def _takes_room(oracle, step):
    """Whether an increment takes the room that an announced INITIAL_WINDOW_SIZE needs."""
    stream = oracle.connection.streams.get(step[2]) if step[0] == "inc" else None
    if stream is None or stream.closed or not 0 < step[1] <= _MAX_WINDOW:
        return False
    manager = stream._inbound_window_manager
    opened = manager.current_window_size + step[1]
    sizes = list(oracle.connection.local_settings._settings[4])
    growth = max(sizes) - sizes[0]
    return opened <= _MAX_WINDOW < max(manager.max_window_size, opened) + growth


def _sends_early(oracle, step):
    """Whether DATA goes out before a response has begun."""
    if step[0] not in ("dat", "end"):
        return False
    stream = oracle.connection.streams.get(step[1])
    return stream is not None and not stream.state_machine.headers_sent


def _stream(oracle, step):
    return oracle.connection.streams.get(step[1])


def _is_checked(oracle, step, *verbs):
    return step[0] in verbs and oracle.setup.switches[0]


def _fields(oracle, step):
    return sent.normal(oracle.connection.config, step[-1])


def _is_in_tunnel(oracle, step):
    """Whether HEADERS or PUSH_PROMISE would go into a tunnel."""
    stream = _stream(oracle, step) if step[0] in ("hdr", "push") else None
    return stream is not None and not stream.closed and stream.is_tunnel


def _precedes_tunnel(oracle, step):
    """Whether trailers of a CONNECT would be sent before its response."""
    stream = _stream(oracle, step) if step[0] == "hdr" and oracle.client else None
    return stream is not None and not stream.closed and stream.request_method == b"CONNECT" \
        and not stream.state_machine.headers_received


def _has_bad_status(oracle, step):
    """Whether a response has an invalid status."""
    if oracle.client or not _is_checked(oracle, step, "hdr"):
        return False
    status = sent.first(_fields(oracle, step), b":status")
    return status is not None and not sent.is_status(status)


def _uses_protocol(oracle, step):
    """Whether a request has :protocol, and the server did not announce support for it."""
    return oracle.client and _is_checked(oracle, step, "hdr") \
        and sent.first(_fields(oracle, step), b":protocol") is not None \
        and oracle.connection.remote_settings.enable_connect_protocol != 1


def _has_wrong_length(oracle, step):
    """Whether the length of a body would differ from the announced one."""
    if step[0] == "hdr":
        unsent = sent.unsent_after(
            _stream(oracle, step), oracle.connection.config, step[-1])
        return bool(step[2] and unsent)
    if step[0] not in ("dat", "end") or _stream(oracle, step) is None:
        return False
    data, ends = (b"", 1) if step[0] == "end" else step[2:4]
    return sent.is_wrong_length(_stream(oracle, step), len(data), ends)


def _is_informational_section(headers):
    return sent.is_informational([field[:2] for field in headers])


def _bad_settings_header(step):
    """Whether HTTP2-Settings has characters that Python's base64 passes over."""
    text = step[1] if step[0] == "ups" else step[2] if step[0] == "open" else None
    return text is not None and (
        re.search(rb"[^A-Za-z0-9_-]", text.rstrip(b"=")) is not None
        or b"=" in text and len(text) % 4 != 0)


REFUSALS = [
    Refusal(
        "not initiated", "decision: before initiateConnection()", "notInitiated,1,local",
        lambda o, s: not o.initiated and s[0] not in _ALWAYS),
    Refusal(
        "initiated twice", "decision: one preface, RFC 9113 3.4", "protocolViolation,1,local",
        lambda o, s: o.initiated and s[0] in _OPENING),
    Refusal(
        "characters are checked on the way out", "RFC 9113 8.2.1", "protocolViolation,1,local",
        lambda o, s: s[0] in ("hdr", "push") and _has_bad_characters(o.setup, s[-1])),
    Refusal(
        "content-length is one number", "RFC 9110 8.6", "protocolViolation,1,local",
        lambda o, s: s[0] in ("hdr", "push") and _has_no_one_length(o.setup, s[-1])),
    Refusal(
        "GOAWAY after an error", "decision: GOAWAY is written once", "protocolViolation,1,local",
        lambda o, s: s[0] == "close" and o.is_dead),
    Refusal(
        "GOAWAY names no stream above 2^31-1", "RFC 9113 5.1.1", "invalidArgument,1,local",
        lambda o, s: s[0] == "close" and (s[3] or 0) > 0x7fffffff),
    Refusal(
        "GOAWAY names no higher stream than before", "RFC 9113 6.8", "invalidArgument,1,local",
        lambda o, s: s[0] == "close" and o.connection.last_in_goaway is not None
        and (s[3] or 0) > o.connection.last_in_goaway),
    Refusal(
        "HEADERS on no stream above 2^31-1", "RFC 9113 5.1.1", "invalidArgument,1,local",
        lambda o, s: s[0] == "hdr" and s[1] > 0x7fffffff),
    Refusal(
        "no promise above 2^31-1", "RFC 9113 5.1.1", "invalidArgument,1,local",
        lambda o, s: s[0] == "push" and s[2] > 0x7fffffff),
    Refusal(
        "HEADERS and PUSH_PROMISE in a tunnel", "RFC 9113 8.5", "protocolViolation,1,local",
        _is_in_tunnel),
    Refusal(
        "trailers of a CONNECT before its response", "RFC 9113 8.5: its stream may be a tunnel",
        "protocolViolation,1,local", _precedes_tunnel),
    Refusal(
        "CONNECT has :authority", "RFC 9113 8.5: h2 takes host instead",
        "protocolViolation,1,local",
        lambda o, s: o.client and _is_checked(o, s, "hdr") and _stream(o, s) is None
        and sent.is_connect_without_authority(_fields(o, s))),
    Refusal(
        "a status is 100 to 999, and not 101", "RFC 9110 15, RFC 9113 8.6",
        "protocolViolation,1,local", _has_bad_status),
    Refusal(
        "a promise is of GET or HEAD without content", "RFC 9113 8.4",
        "protocolViolation,1,local",
        lambda o, s: _is_checked(o, s, "push") and not sent.is_promisable(_fields(o, s))),
    Refusal(
        ":protocol that the server did not announce", "RFC 8441 3", "protocolViolation,1,local",
        _uses_protocol),
    Refusal(
        "servers push streams, they open none", "RFC 9113 8.4", "protocolViolation,1,local",
        lambda o, s: s[0] == "hdr" and not o.client and s[1] % 2 == 0
        and o.connection.stream_state(s[1]) == "idle"),
    Refusal(
        "WINDOW_UPDATE on reserved (local)", "RFC 9113 5.1", "protocolViolation,1,local",
        lambda o, s: s[0] == "inc" and o.connection.stream_state(s[2]) == "reserved_local"),
    Refusal(
        "a body is as long as announced, or empty", "RFC 9113 8.1.1, RFC 9110 6.4.1",
        "invalidBodyLength,1,local",
        _has_wrong_length),
    Refusal(
        "responses to promises count", "RFC 9113 5.1.2",
        "tooManyStreams,1,local",
        lambda o, s: s[0] == "hdr" and o.connection.stream_state(s[1]) == "reserved_local"
        and o.open_counts()[1] >= o.connection.remote_settings.max_concurrent_streams
        and not _is_informational_section(s[-1])),
    Refusal(
        "clients advertise no services", "RFC 7838 4", "protocolViolation,1,local",
        lambda o, s: s[0] == "alto" and o.client),
    Refusal(
        "an origin is not empty", "RFC 7838 4: the client is to ignore it",
        "invalidArgument,1,local",
        lambda o, s: s[0] == "alto" and not o.client and s[2] == b""),
    Refusal(
        "HTTP2-Settings is base64url", "RFC 7540 3.2.1", "invalidArgument,1,local",
        lambda o, s: _bad_settings_header(s)),
    Refusal(
        "nothing is acknowledged after an error", "nothing can be sent any more",
        "protocolViolation,1,local", lambda o, s: s[0] == "ack" and o.is_dead),
    Refusal(
        "NO_RFC7540_PRIORITIES is announced once", "RFC 9218 2.1", "invalidSettingsValue,1,local",
        lambda o, s: _value(o, s, 9)[0] not in (None, _value(o, s, 9)[1] or 0)),
    Refusal(
        "ENABLE_CONNECT_PROTOCOL is not taken back", "RFC 8441 3", "invalidSettingsValue,1,local",
        lambda o, s: not o.client and _value(o, s, 8) == (0, 1)),
    Refusal(
        "servers take no pushes", "RFC 9113 7.2.2", "invalidSettingsValue,1,local",
        lambda o, s: not o.client and _value(o, s, 2)[0] == 1),
    Refusal(
        "windows have room for what is announced", "RFC 9113 6.9.2: h2 notices at the ACK",
        "flowControl,3,local", _lacks_room),
    Refusal(
        "windows keep room for what was announced", "RFC 9113 6.9.2: h2 notices at the ACK",
        "flowControl,3,local", _takes_room),
    Refusal(
        "a SETTINGS frame has 16 KiB at most", "decision: nghttp2 writes no longer one",
        "frameTooLarge,6,local", lambda o, s: s[0] == "set" and len(s[1]) * 6 > 16384),
    Refusal(
        "DATA before the response", "RFC 9113 8.1", "protocolViolation,1,local", _sends_early),
]


def refusal(oracle, step):
    for entry in REFUSALS:
        if entry.when(oracle, step):
            return entry
    return None
