# SPDX-License-Identifier: MIT
"""The deliberate differences between h2 and this library, each with its reason.

Reasons name a section of an RFC, or a decision that the library's design made."""

import re

_OPENING = ("init", "upc", "ups", "open")
_ALWAYS = _OPENING + ("next", "take", "clear", "nothing", "prune")


class Refusal:
    """A call that h2 takes and this library refuses: nothing is changed, and both go on."""

    def __init__(self, name, reason, error, when):
        self.name, self.reason, self.error, self.when = name, reason, error, when


class Difference:
    """Fields of one kind of step that may differ.

    `when(turn, ours, h2s)` is about one state and one frame or call. With `ends` the two
    connections part: what follows cannot be compared."""

    def __init__(self, name, reason, fields, when, ends=False):
        self.name, self.reason, self.fields, self.when, self.ends = name, reason, fields, when, ends


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


def _is_retraction(oracle, step):
    """Whether settings take back what may not be taken back."""
    if step[0] != "set":
        return False
    known = oracle.connection.local_settings._settings
    for key, value in step[1]:
        before = known[key][-1] if key in known else 0
        if key == 9 and (value > 1 or before != value):
            return True
        if key == 8 and not oracle.client and before == 1 and value == 0:
            return True
        if key == 2 and not oracle.client and value == 1:
            return True
    return False


def _sends_early(oracle, step):
    """Whether DATA goes out before a response has begun."""
    if step[0] not in ("dat", "end"):
        return False
    stream = oracle.connection.streams.get(step[1])
    return stream is not None and not stream.state_machine.headers_sent


def _is_informational_section(headers):
    return bool(headers) and headers[0][0] == b":status" and headers[0][1][:1] == b"1"


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
        "no stream above 2^31-1", "RFC 9113 5.1.1", "invalidArgument,1,local",
        lambda o, s: s[0] == "close" and (s[3] or 0) > 0x7fffffff
        or s[0] == "hdr" and s[1] > 0x7fffffff or s[0] == "push" and s[2] > 0x7fffffff),
    Refusal(
        "servers push streams, they open none", "RFC 9113 8.4", "protocolViolation,1,local",
        lambda o, s: s[0] == "hdr" and not o.client and s[1] % 2 == 0
        and o.connection.stream_state(s[1]) == "idle"),
    Refusal(
        "WINDOW_UPDATE on reserved (local)", "RFC 9113 5.1", "protocolViolation,1,local",
        lambda o, s: s[0] == "inc" and o.connection.stream_state(s[2]) == "reserved_local"),
    Refusal(
        "responses to promises count", "RFC 9113 5.1.2; architecture.md rule 4",
        "tooManyStreams,1,local",
        lambda o, s: s[0] == "hdr" and o.connection.stream_state(s[1]) == "reserved_local"
        and o.open_counts()[1] >= o.connection.remote_settings.max_concurrent_streams
        and not _is_informational_section(s[-1])),
    Refusal(
        "clients advertise no services", "RFC 7838 4", "protocolViolation,1,local",
        lambda o, s: s[0] == "alto" and o.client),
    Refusal(
        "an origin is not empty", "RFC 7838 4: the client is to ignore it", "invalidArgument,1,local",
        lambda o, s: s[0] == "alto" and not o.client and s[2] == b""),
    Refusal(
        "HTTP2-Settings is base64url", "RFC 7540 3.2.1", "invalidArgument,1,local",
        lambda o, s: _bad_settings_header(s)),
    Refusal(
        "GOAWAY after an error", "decision: GOAWAY is written once", "protocolViolation,1,local",
        lambda o, s: s[0] == "close" and o.is_dead),
    Refusal(
        "settings that may not be taken back", "RFC 9218 2.1, RFC 8441 3, RFC 9113 7.2.2",
        "invalidSettingsValue,1,local", _is_retraction),
    Refusal(
        "DATA before the response", "RFC 9113 8.1", "protocolViolation,1,local", _sends_early),
]


def refusal(oracle, step):
    for entry in REFUSALS:
        if entry.when(oracle, step):
            return entry
    return None


# What one call can be blamed for, where it has several faults: (verb, h2's kind, ours).
_BLAMES = {
    ("dat", "protocolViolation", "noSuchStream"), ("push", "protocolViolation", "invalidArgument"),
    ("dat", "KeyError", "noSuchStream"), ("dat", "KeyError", "streamClosed"),
    ("dat", "frameTooLarge", "streamClosed"), ("hdr", "protocolViolation", "streamClosed"), ("alts", "protocolViolation", "streamClosed"),
    ("push", "protocolViolation", "streamClosed"), ("dat", "protocolViolation", "streamClosed"),
    ("push", "streamIDTooLow", "streamClosed"), ("dat", "flowControl", "streamClosed"),
    ("hdr", "streamClosed", "tooManyStreams"), ("close", "AssertionError", "invalidArgument"), ("prio", "notPermitted", "invalidArgument"),
    ("alts", "noSuchStream", "protocolViolation"), ("push", "streamIDTooLow", "protocolViolation"),
    ("hdr", "tooManyStreams", "protocolViolation"),
    ("inc", "KeyError", "noSuchStream"), ("inc", "KeyError", "streamClosed"),
    ("hdr", "streamIDTooLow", "streamClosed"), ("hdr", "streamIDTooLow", "protocolViolation"),
    ("hdr", "streamIDTooLow", "notPermitted"), ("hdr", "protocolViolation", "notPermitted"),
    ("hdr", "streamClosed", "protocolViolation"), ("hdr", "protocolViolation", "invalidArgument"),
    ("hdr", "streamClosed", "notPermitted"), ("hdr", "IndexError", "invalidArgument"),
    ("hdr", "IndexError", "notPermitted"), ("hdr", "IndexError", "streamClosed"),
    ("hdr", "IndexError", "protocolViolation"),
    ("prio", "InvalidDataError", "invalidArgument"),
    ("prio", "protocolViolation", "invalidArgument"),
    ("ups", "invalidArgument", "protocolViolation"),
    ("set", "AssertionError", "frameTooLarge"), ("close", "AssertionError", "frameTooLarge"),
    ("close", "invalidArgument", "invalidArgument"),
    ("alto", "AssertionError", "frameTooLarge"), ("alto", "invalidArgument", "frameTooLarge"),
    ("alts", "AssertionError", "frameTooLarge"),
}


def _blame(turn, ours, theirs):
    ours_kind = ours["error"].split(",")[0]
    return turn.failure is not None and ",local" in ours["error"] \
        and (turn.verb, turn.failure.kind, ours_kind) in _BLAMES


def _ended_by_peer(turn, ours, theirs):
    """Whether an error of the peer ended both connections in this step."""
    return turn.failure is not None and turn.failure.origin == "remote" \
        and ",remote" in ours["error"]


def _frame(turn, kind=None, state=None, connection=None):
    """Whether the last frame is of a kind, met in such a state."""
    if not turn.receives or not turn.trace:
        return False
    frame, stream_state, _ = turn.trace[-1]
    return (kind is None or type(frame).__name__ == kind + "Frame") \
        and (state is None or state in stream_state)


def _is_informational(turn):
    return _frame(turn, "Headers") and turn.failure is not None and (
        "RECV_INFORMATIONAL_HEADERS" in turn.failure.message
        or "END_STREAM on informational" in turn.failure.message)


def _never_more(turn, ours, theirs):
    return ours["output"].replace("!", "") == theirs["output"].replace("!", "") \
        and ours["output"].count("!") > theirs["output"].count("!")


def _one_byte_identifiers(turn, ours, theirs):
    def cut(match):
        return "%d=" % (int(match.group(1)) & 0xff)
    return "SETTINGS" in ours["output"] \
        and re.sub(r"(\d+)=(?=\d)", cut, ours["output"]) == theirs["output"]


# Where a connection, or a stream, ends on one side and not on the other. What it announced itself
# and what a call returned is the same all the same.
_ALL = (
    "error", "events", "state", "pending", "output", "window", "open", "highest", "frame size",
    "remote settings", "stream windows")

DIFFERENCES = [
    Difference(
        "HPACK errors", "RFC 9113 4.3: COMPRESSION_ERROR", ("error", "output"),
        lambda t, o, h: t.failure and o["error"] == "protocolViolation,9,remote"
        and ("decoding header block" in t.failure.message
             or t.failure.kind == "denialOfService")),
    Difference(
        "dead connections stay dead",
        "decision: GOAWAY is written once, and each receiveData throws the same error",
        _ALL, lambda t, o, h: t.was_dead, ends=True),
    Difference(
        "settings are announced when they are sent",
        "decision: before initiateConnection() nothing was announced",
        ("local settings", "announced settings"),
        lambda t, o, h: not t.was_initiated),
    Difference(
        "local settings wait for their ACK",
        "decision: local settings are in force at ACK, RFC 9113 6.5.3",
        ("local settings", "frame size"),
        lambda t, o, h: not t.was_acknowledged or o["local settings"] != o["announced settings"]),
    Difference(
        "one SETTINGS frame for each ACK", "RFC 9113 6.5.3",
        ("events", "local settings", "frame size", "stream windows"),
        lambda t, o, h: t.verb == "recv" and _frame(t, "Settings") and "ACK" in t.last[0].flags
        and "acknowledged" in o["events"] and t.failure is None, ends=True),
    Difference(
        "the upgrade's settings are the client's", "they came from the peer",
        ("error",),
        lambda t, o, h: t.verb in ("ups", "open") and o["error"].startswith("invalidSettingsValue")
        and o["error"].replace("remote", "local") == h["error"]),
    Difference(
        "refused before the ACK", "decision: REFUSED_STREAM before the ACK, RFC 9113 5.1.2",
        _ALL,
        lambda t, o, h: (_frame(t, "Headers") or _frame(t, "PushPromise")) and o["error"] == "-"
        and o["events"] == "" and ("00000007" in o["output"] or not t.drains), ends=True),
    Difference(
        "limits of blocks wait for their ACK", "decision: local settings are in force at ACK", _ALL,
        lambda t, o, h: not t.was_acknowledged and t.failure is not None and o["error"] == "-"
        and ("did not shrink table size" in t.failure.message
             or t.failure.kind == "denialOfService"), ends=True),
    Difference(
        "padding may fill HEADERS", "RFC 9113 6.2: it may not exceed what is left", _ALL,
        lambda t, o, h: t.bad_header is not None and t.bad_header[1] in (1, 5)
        and "invalid padding" in t.failure.message and o["error"] == "-", ends=True),
    Difference(
        "padding beyond what is left", "RFC 9113 6.2: PROTOCOL_ERROR; hyperframe counts other bytes",
        _ALL,
        lambda t, o, h: (_frame(t, "Headers") or _frame(t, "PushPromise"))
        and "PADDED" in t.last[0].flags and t.failure is None
        and o["error"] == "protocolViolation,1,remote" and t.last[0].data == b"", ends=True),
    Difference(
        "an ignored block has no limit", "nothing of it is kept", _ALL,
        lambda t, o, h: t.failure is not None and t.failure.kind == "denialOfService"
        and o["error"] == "-" and _frame(t, "Headers"), ends=True),
    Difference(
        "the reserved bit of PUSH_PROMISE", "RFC 9113 6.6: ignored", _ALL,
        lambda t, o, h: _frame(t, "PushPromise") and t.last[0].promised_stream_id > 0x7fffffff,
        ends=True),
    Difference(
        "a block is judged before it is decoded", "architecture.md: states before feeding",
        ("error", "events", "output"),
        lambda t, o, h: (_frame(t, "Headers") or _frame(t, "PushPromise"))
        and _ended_by_peer(t, o, h)
        and (o["error"].startswith(("streamIDTooLow", "streamClosed"))
             or t.failure.kind == "denialOfService"
             or "decoding header block" in t.failure.message)),
    Difference(
        "pushed responses count", "RFC 9113 5.1.2: a stream error at least", _ALL,
        lambda t, o, h: _frame(t, "Headers", "reserved_remote")
        and o["error"].startswith("tooManyStreams"), ends=True),
    Difference(
        "acknowledging more than was received", "nothing that was not taken is given back", _ALL,
        lambda t, o, h: t.verb == "ack" and t.step[1] > t.held, ends=True),
    Difference(
        "a fatal error changes no settings", "architecture.md: checks before changes",
        ("remote settings",), _ended_by_peer),
    Difference(
        "the first frame is SETTINGS", "RFC 9113 3.4", _ALL,
        lambda t, o, h: o["error"] == "protocolViolation,1,remote" and not t.had_settings,
        ends=True),
    Difference(
        "SETTINGS ACK with a payload", "RFC 9113 6.5: FRAME_SIZE_ERROR",
        ("error", "output"),
        lambda t, o, h: t.bad_header is not None and t.bad_header[1] == 4 and t.bad_header[2] & 1
        and o["error"] == "frameDataMissing,6,remote"),
    Difference(
        "a block is judged as it begins", "architecture.md: limits and states before feeding",
        ("state", "highest"),
        lambda t, o, h: t.in_block and o["error"] == h["error"] and o["events"] == h["events"]),
    Difference(
        "a block is judged before it ends", "architecture.md: limits and states before feeding",
        _ALL,
        lambda t, o, h: t.receives and t.in_block and t.failure is None, ends=True),
    Difference(
        "a header is judged before its payload", "RFC 9113 4.2, 6: nothing is gained by waiting",
        _ALL,
        lambda t, o, h: t.receives and t.is_partial and t.failure is None
        and ",remote" in o["error"], ends=True),
    Difference(
        "two mistakes in one frame", "either error is right, and both end the connection",
        ("error", "output"),
        lambda t, o, h: t.bad_header is not None and ",remote" in o["error"]),
    Difference(
        "settings that the peer takes back", "RFC 9218 2.1, RFC 8441 3", _ALL,
        lambda t, o, h: o["error"] == "invalidSettingsValue,1,remote" and any(
            type(f).__name__ == "SettingsFrame" and {8, 9} & set(f.settings)
            for f, _, _ in t.trace), ends=True),
    Difference(
        "HPACK tables shrink at once", "RFC 7541 4.2: hpack also sends sizes that are over",
        ("output",),
        lambda t, o, h: "InvalidTableSizeError" in h["output"]
        and "InvalidTableSizeError" not in o["output"], ends=True),
    Difference(
        "trailers may be empty", "RFC 9113 8.1: h2 fails with an IndexError", _ALL,
        lambda t, o, h: t.verb == "hdr" and t.failure is not None and t.failure.kind == "IndexError"
        and o["error"] == "-", ends=True),
    Difference(
        "windows have room for what was announced", "RFC 9113 6.9.2: h2 notices at the ACK",
        ("error", "announced settings", "pending", "output"),
        lambda t, o, h: t.verb == "set" and o["error"] == "flowControl,3,local", ends=True),
    Difference(
        "HEAD stays HEAD",
        "RFC 9110 9.3.2: h2 forgets it when trailers are sent, and in promises", _ALL,
        lambda t, o, h: _frame(t, "Data") and t.role == "client"
        and (t.failure is None or t.failure.kind == "invalidBodyLength")
        and o["error"].startswith("invalidBodyLength"), ends=True),
    Difference(
        "closed connections take nothing", "h2 counts streams before it looks at the connection",
        ("error",),
        lambda t, o, h: _frame(t, "Headers") and t.last[2] == "closed"
        and _ended_by_peer(t, o, h)),
    Difference(
        "windows wait for their ACK", "decision: local settings are in force at ACK",
        ("stream windows",),
        lambda t, o, h: not t.was_acknowledged and o["error"] == h["error"], ends=True),
    Difference(
        "servers open no streams", "RFC 9113 8.4: only by PUSH_PROMISE", _ALL,
        lambda t, o, h: t.role == "client" and _frame(t, "Headers", "idle")
        and o["error"] == "protocolViolation,1,remote", ends=True),
    Difference(
        "1xx on a closed stream", "RFC 9113 5.1: STREAM_CLOSED, as any HEADERS", _ALL,
        lambda t, o, h: _is_informational(t), ends=True),
    Difference(
        "CONTINUATION out of place", "RFC 9113 6.10: PROTOCOL_ERROR whatever its stream",
        _ALL,
        lambda t, o, h: _frame(t, "Continuation") and o["error"] == "protocolViolation,1,remote",
        ends=True),
    Difference(
        "PUSH_PROMISE on a half-closed stream", "RFC 9113 6.6: PROTOCOL_ERROR", _ALL,
        lambda t, o, h: _frame(t, "PushPromise", "half_closed_remote")
        and o["error"].endswith(",1,remote"), ends=True),
    Difference(
        "PUSH_PROMISE on a pushed stream", "RFC 9113 6.6: on a stream of the client only", _ALL,
        lambda t, o, h: _frame(t, "PushPromise", "closed by") and t.last[0].stream_id % 2 == 0
        and o["error"].endswith(",1,remote"), ends=True),
    Difference(
        "a promise of a used stream", "RFC 9113 6.6: PROTOCOL_ERROR whatever its parent", _ALL,
        lambda t, o, h: _frame(t, "PushPromise", "closed by") and t.failure is None
        and o["error"] == "streamIDTooLow,1,remote", ends=True),
    Difference(
        "1xx is looked for in what is sent", "h2 looks before it strips fields", _ALL,
        lambda t, o, h: t.verb == "hdr" and t.failure is None
        and o["error"] == "protocolViolation,1,local" and t.step[-1][0][0] != b":status"
        and any(n == b":status" and v[:1] == b"1" for n, v, _ in t.step[-1]), ends=True),
    Difference(
        "closed streams do not count", "RFC 9113 5.1.2: h2 counts before it looks at the state", _ALL,
        lambda t, o, h: _frame(t, "Headers", "closed by") and t.failure is not None
        and t.failure.kind == "tooManyStreams", ends=True),
    Difference(
        "closed streams have no windows", "RFC 9113 6.9.2: h2 still changes those it did not prune",
        _ALL,
        lambda t, o, h: _frame(t, "Settings") and t.failure is not None
        and t.failure.kind == "flowControl" and o["error"] == "-", ends=True),
    Difference(
        "a block may end a stream instead of DATA",
        "architecture.md rule 7: at a closed window with a table size to announce",
        ("output",),
        lambda t, o, h: t.verb in ("dat", "end") and t.failure is None
        and re.sub("DATA (flags 1 stream [0-9]+)", r"HEADERS \1 ", h["output"]) == o["output"]),
    Difference(
        "reserved (remote)", "RFC 9113 5.1: only HEADERS, RST_STREAM, PRIORITY", _ALL,
        lambda t, o, h: _frame(t, None, "reserved_remote")
        and o["error"] == "protocolViolation,1,remote", ends=True),
    Difference(
        "DATA on reserved (local)", "RFC 9113 5.1: only RST_STREAM, PRIORITY, WINDOW_UPDATE", _ALL,
        lambda t, o, h: _frame(t, None, "reserved_local")
        and o["error"].endswith(",remote"), ends=True),
    Difference(
        "HEADERS on a pushed stream at a server", "RFC 9113 5.1, 5.4.1", _ALL,
        lambda t, o, h: t.role == "server" and _frame(t, "Headers")
        and o["error"] == "streamClosed,5,remote", ends=True),
    Difference(
        "content-length and END_STREAM", "RFC 9113 8.1.1", _ALL,
        lambda t, o, h: _frame(t, "Headers") and o["error"].startswith("invalidBodyLength"),
        ends=True),
    Difference(
        "RST_STREAM on an idle stream", "RFC 9113 6.4: PROTOCOL_ERROR", _ALL,
        lambda t, o, h: _frame(t, "RstStream", "idle")
        and o["error"] == "protocolViolation,1,remote", ends=True),
    Difference(
        "ALTSVC at a server", "RFC 7838 4: of no use there", _ALL,
        lambda t, o, h: t.role == "server" and _frame(t, "AltSvc") and o["error"] == "-", ends=True),
    Difference(
        "the reserved bit of GOAWAY", "RFC 9113 6.8: ignored", ("events",),
        lambda t, o, h: _frame(t, "GoAway") and t.last[0].last_stream_id > 0x7fffffff),
    Difference(
        "the reserved bit of WINDOW_UPDATE", "RFC 9113 6.9: ignored", _ALL,
        lambda t, o, h: t.bad_header is not None and t.bad_header[1] == 8, ends=True),
    Difference(
        "a fatal error opens no stream", "RFC 9113 6.8: nothing was done with it",
        ("highest", "output"),
        lambda t, o, h: _ended_by_peer(t, o, h) and o["error"] != h["error"]
        or _ended_by_peer(t, o, h)
        and re.sub("last [0-9]+|!", "", o["output"]) == re.sub("last [0-9]+|!", "", h["output"])),
    Difference(
        "cookies before :status", "RFC 9113 8.3: h2 looks for 1xx before it moves the cookies",
        ("events",),
        lambda t, o, h: _frame(t, "Headers") and o["events"].startswith("informational")
        and h["events"].startswith("response"), ends=True),
    Difference(
        "a fatal error counts no streams", "nothing can be done with them any more",
        ("open",), _ended_by_peer, ends=True),
    Difference(
        "a fatal error moves no windows", "nothing can be sent any more",
        ("window", "stream windows"), _ended_by_peer, ends=True),
    Difference(
        "padding is handed back early", "architecture.md rule 10: nghttp2 credits it unasked",
        ("window", "stream windows", "pending", "output"),
        lambda t, o, h: t.had_padding and t.failure is None and o["error"] == "-"
        and (t.verb == "ack" or _frame(t, "Data") or _frame(t, "Settings")), ends=True),
    Difference(
        "ignored DATA is handed back by nghttp2", "architecture.md rule 10: at its own threshold",
        ("window", "stream windows", "pending", "output"),
        lambda t, o, h: _frame(t, "Data") and t.failure is None and o["error"] == "-"
        and "data," not in o["events"], ends=True),
    Difference(
        "empty DATA at a negative window", "RFC 9113 6.9.1: it takes no window", _ALL,
        lambda t, o, h: _frame(t, "Data") and t.last[0].flow_controlled_length == 0
        and t.failure is not None and t.failure.kind == "flowControl", ends=True),
    Difference(
        "content-length of an answered CONNECT", "RFC 9110 9.3.6: it MUST be ignored", _ALL,
        lambda t, o, h: t.role == "client" and t.failure is not None and o["error"] == "-"
        and ("content-length" in t.failure.message or t.failure.kind == "invalidBodyLength"),
        ends=True),
    Difference(
        "a stream that depends on itself", "RFC 7540 5.3.1: judged before the stream's state", _ALL,
        lambda t, o, h: _frame(t, "Headers") and "PRIORITY" in t.last[0].flags
        and t.last[0].depends_on == t.last[0].stream_id
        and o["error"] == "protocolViolation,1,remote", ends=True),
    Difference(
        "never indexed means never", "RFC 7541 7.1.3: h2 uses an entry that is in the table",
        ("output",), _never_more),
    Difference(
        "identifiers of settings have 16 bits", "RFC 9113 6.5.1: hyperframe sends 8 of them",
        ("output", "returned"),
        lambda t, o, h: _one_byte_identifiers(t, o, h)
        or t.verb in ("open", "upc") and any(key > 0xff for key, _ in t.setup.settings)
        and len(o["returned"]) == len(h["returned"]) > 0),
    Difference(
        "which mistake is told", "either is right, and nothing is changed", ("error",), _blame),
]
