# SPDX-License-Identifier: MIT
"""Allowed differences: calls that h2 accepts and H2 refuses.

The call changes nothing, and the conversation continues as if it had not been made. Each entry is
about one call in one state."""

import re

import messages

_OPENING = ("init", "upc", "ups", "open")
_ALWAYS = _OPENING + ("next", "take", "clear", "nothing", "prune")
_MAX_WINDOW = 2**31 - 1


class RefusedCall:
    """A call that H2 refuses with `error` if `when(python_h2, step)` is true before the step."""

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


def _has_invalid_content_length(setup, headers):
    if not setup.switches[0]:
        return False
    lengths = set()
    for name, value, _ in headers:
        if setup.switches[1]:
            name, value = name.lower().strip(), value.strip()
        if name == b"content-length":
            lengths.add(int(value) if re.fullmatch(rb"[0-9]+", value) else None)
    return None in lengths or len(lengths) > 1


def _value(python_h2, step, key):
    """Returns the value a call announces for a setting, and the one announced before, or None."""
    if step[0] != "set":
        return None, None
    known = python_h2.connection.local_settings._settings
    return dict(step[1]).get(key), known[key][-1] if key in known else None


def _lacks_room(python_h2, step):
    """Whether an INITIAL_WINDOW_SIZE would make a window too large once it is in force."""
    size, _ = _value(python_h2, step, 4)
    if size is None or size > _MAX_WINDOW:
        return False
    growth = size - python_h2.connection.local_settings.initial_window_size
    return growth > 0 and any(
        not s.closed and s._inbound_window_manager.max_window_size + growth > _MAX_WINDOW
        for s in python_h2.connection.streams.values())


def _takes_room(python_h2, step):
    """Whether an increment leaves a window no room for an announced INITIAL_WINDOW_SIZE."""
    stream = python_h2.connection.streams.get(step[2]) if step[0] == "inc" else None
    if stream is None or stream.closed or not 0 < step[1] <= _MAX_WINDOW:
        return False
    manager = stream._inbound_window_manager
    opened = manager.current_window_size + step[1]
    sizes = list(python_h2.connection.local_settings._settings[4])
    growth = max(sizes) - sizes[0]
    return opened <= _MAX_WINDOW < max(manager.max_window_size, opened) + growth


def _sends_early(python_h2, step):
    """Whether DATA would be sent before a response has begun."""
    if step[0] not in ("dat", "enq", "end"):
        return False
    stream = python_h2.connection.streams.get(step[1])
    return stream is not None and not stream.state_machine.headers_sent


def _stream(python_h2, step):
    return python_h2.connection.streams.get(step[1])


def _is_checked(python_h2, step, *verbs):
    return step[0] in verbs and python_h2.setup.switches[0]


def _fields(python_h2, step):
    return messages.normal(python_h2.connection.config, step[-1])


def _is_in_tunnel(python_h2, step):
    """Whether HEADERS or PUSH_PROMISE would be sent in a tunnel."""
    stream = _stream(python_h2, step) if step[0] in ("hdr", "push") else None
    return stream is not None and not stream.closed and stream.is_tunnel


def _precedes_tunnel(python_h2, step):
    """Whether trailers of a CONNECT would be sent before its response."""
    stream = _stream(python_h2, step) if step[0] == "hdr" and python_h2.client else None
    return stream is not None and not stream.closed and stream.request_method == b"CONNECT" \
        and not stream.state_machine.headers_received


def _has_bad_status(python_h2, step):
    """Whether a response has an invalid status."""
    if python_h2.client or not _is_checked(python_h2, step, "hdr"):
        return False
    status = messages.first(_fields(python_h2, step), b":status")
    return status is not None and not messages.is_status(status)


def _uses_protocol(python_h2, step):
    """Whether a request has :protocol, and the server did not announce support for it."""
    return python_h2.client and _is_checked(python_h2, step, "hdr") \
        and messages.first(_fields(python_h2, step), b":protocol") is not None \
        and python_h2.connection.remote_settings.enable_connect_protocol != 1


def _has_wrong_length(python_h2, step):
    """Whether the length of a body would differ from content-length."""
    if step[0] == "hdr":
        unsent = messages.unsent_after(
            _stream(python_h2, step), python_h2.connection.config, step[-1])
        return bool(step[2] and unsent)
    if step[0] not in ("dat", "enq", "end") or _stream(python_h2, step) is None:
        return False
    data, ends = (b"", 1) if step[0] == "end" else step[2:4]
    return messages.is_wrong_length(_stream(python_h2, step), len(data), ends)


def _is_informational_section(headers):
    return messages.is_informational([field[:2] for field in headers])


def _bad_settings_header(step):
    """Whether HTTP2-Settings has characters that Python's base64 ignores."""
    text = step[1] if step[0] == "ups" else step[2] if step[0] == "open" else None
    return text is not None and (
        re.search(rb"[^A-Za-z0-9_-]", text.rstrip(b"=")) is not None
        or b"=" in text and len(text) % 4 != 0)


REFUSED_CALLS = [
    RefusedCall(
        "not initiated", "decision: only after initiateConnection()", "notInitiated,1,local",
        lambda o, s: not o.initiated and s[0] not in _ALWAYS),
    RefusedCall(
        "initiated twice", "RFC 9113 3.4: there is one preface", "protocolViolation,1,local",
        lambda o, s: o.initiated and s[0] in _OPENING),
    RefusedCall(
        "a sent field has an invalid character", "RFC 9113 8.2.1", "protocolViolation,1,local",
        lambda o, s: s[0] in ("hdr", "push") and _has_bad_characters(o.setup, s[-1])),
    RefusedCall(
        "a sent content-length is not one number", "RFC 9110 8.6", "protocolViolation,1,local",
        lambda o, s: s[0] in ("hdr", "push") and _has_invalid_content_length(o.setup, s[-1])),
    RefusedCall(
        "GOAWAY after an error", "decision: GOAWAY is written once", "protocolViolation,1,local",
        lambda o, s: s[0] == "close" and o.is_dead),
    RefusedCall(
        "GOAWAY with a last stream above 2^31-1", "RFC 9113 5.1.1", "invalidArgument,1,local",
        lambda o, s: s[0] == "close" and (s[3] or 0) > 0x7fffffff),
    RefusedCall(
        "GOAWAY with a higher last stream than before", "RFC 9113 6.8", "invalidArgument,1,local",
        lambda o, s: s[0] == "close" and o.connection.last_in_goaway is not None
        and (s[3] or 0) > o.connection.last_in_goaway),
    RefusedCall(
        "HEADERS on a stream above 2^31-1", "RFC 9113 5.1.1", "invalidArgument,1,local",
        lambda o, s: s[0] == "hdr" and s[1] > 0x7fffffff),
    RefusedCall(
        "a promise of a stream above 2^31-1", "RFC 9113 5.1.1", "invalidArgument,1,local",
        lambda o, s: s[0] == "push" and s[2] > 0x7fffffff),
    RefusedCall(
        "HEADERS and PUSH_PROMISE in a tunnel", "RFC 9113 8.5", "protocolViolation,1,local",
        _is_in_tunnel),
    RefusedCall(
        "trailers of a CONNECT before its response", "RFC 9113 8.5: its stream may be a tunnel",
        "protocolViolation,1,local", _precedes_tunnel),
    RefusedCall(
        "a sent CONNECT without :authority",
        "RFC 9113 8.5: it is required; h2 accepts host instead",
        "protocolViolation,1,local",
        lambda o, s: o.client and _is_checked(o, s, "hdr") and _stream(o, s) is None
        and messages.is_connect_without_authority(_fields(o, s))),
    RefusedCall(
        "a sent :status below 100, above 999, or 101", "RFC 9110 15, RFC 9113 8.6",
        "protocolViolation,1,local", _has_bad_status),
    RefusedCall(
        "a promise of a request that is not GET or HEAD, or has content", "RFC 9113 8.4",
        "protocolViolation,1,local",
        lambda o, s: _is_checked(o, s, "push") and not messages.is_promisable(_fields(o, s))),
    RefusedCall(
        ":protocol that the server did not announce", "RFC 8441 3", "protocolViolation,1,local",
        _uses_protocol),
    RefusedCall(
        "a server opens a stream without a promise", "RFC 9113 8.4", "protocolViolation,1,local",
        lambda o, s: s[0] == "hdr" and not o.client and s[1] % 2 == 0
        and o.connection.stream_state(s[1]) == "idle"),
    RefusedCall(
        "WINDOW_UPDATE on reserved (local)", "RFC 9113 5.1", "protocolViolation,1,local",
        lambda o, s: s[0] == "inc" and o.connection.stream_state(s[2]) == "reserved_local"),
    RefusedCall(
        "a sent body differs in length from content-length, or must be empty",
        "RFC 9113 8.1.1, RFC 9110 6.4.1",
        "invalidBodyLength,1,local",
        _has_wrong_length),
    RefusedCall(
        "a promised response beyond MAX_CONCURRENT_STREAMS", "RFC 9113 5.1.2",
        "tooManyStreams,1,local",
        lambda o, s: s[0] == "hdr" and o.connection.stream_state(s[1]) == "reserved_local"
        and o.open_counts()[1] >= o.connection.remote_settings.max_concurrent_streams
        and not _is_informational_section(s[-1])),
    RefusedCall(
        "ALTSVC by a client", "RFC 7838 4", "protocolViolation,1,local",
        lambda o, s: s[0] == "alto" and o.client),
    RefusedCall(
        "ALTSVC with an empty origin", "RFC 7838 4: a client would ignore it",
        "invalidArgument,1,local",
        lambda o, s: s[0] == "alto" and not o.client and s[2] == b""),
    RefusedCall(
        "HTTP2-Settings that is not base64url", "RFC 7540 3.2.1", "invalidArgument,1,local",
        lambda o, s: _bad_settings_header(s)),
    RefusedCall(
        "acknowledging data after an error", "decision: nothing can be sent anymore",
        "protocolViolation,1,local", lambda o, s: s[0] == "ack" and o.is_dead),
    RefusedCall(
        "NO_RFC7540_PRIORITIES is announced with another value", "RFC 9218 2.1",
        "invalidSettingsValue,1,local",
        lambda o, s: _value(o, s, 9)[0] not in (None, _value(o, s, 9)[1] or 0)),
    RefusedCall(
        "ENABLE_CONNECT_PROTOCOL is announced as 0 after 1", "RFC 8441 3",
        "invalidSettingsValue,1,local",
        lambda o, s: not o.client and _value(o, s, 8) == (0, 1)),
    RefusedCall(
        "a server announces ENABLE_PUSH 1", "RFC 9113 7.2.2", "invalidSettingsValue,1,local",
        lambda o, s: not o.client and _value(o, s, 2)[0] == 1),
    RefusedCall(
        "INITIAL_WINDOW_SIZE would make a window too large",
        "RFC 9113 6.9.2: h2 fails at the ACK",
        "flowControl,3,local", _lacks_room),
    RefusedCall(
        "an increment and the announced INITIAL_WINDOW_SIZE make a window too large",
        "RFC 9113 6.9.2: h2 fails at the ACK",
        "flowControl,3,local", _takes_room),
    RefusedCall(
        "a SETTINGS frame of more than 16 KiB", "decision: nghttp2 does not write it",
        "frameTooLarge,6,local", lambda o, s: s[0] == "set" and len(s[1]) * 6 > 16384),
    RefusedCall(
        "DATA before the response", "RFC 9113 8.1", "protocolViolation,1,local", _sends_early),
]


def refused_call(python_h2, step):
    """Returns the entry that allows H2 to refuse the step, or None."""
    for entry in REFUSED_CALLS:
        if entry.when(python_h2, step):
            return entry
    return None
