# SPDX-License-Identifier: MIT
"""The deliberate differences between h2 and this library, each with its reason.

Each is a predicate on one state, one frame or call, and one field: `when(turn, ours, h2s)`, which
is asked where that field differs. All other fields are compared all the same. Reasons name a
section of an RFC, or a decision that the library's design made. More are in `refusals.py`,
`mends.py` and `partings.py`."""

import re


class Difference:
    """A field that may differ. With `ends` what follows cannot be compared: the conversation ends
    behind this step."""

    def __init__(self, name, reason, field, when, ends=False):
        self.name, self.reason, self.field, self.when, self.ends = name, reason, field, when, ends


def last_frame(turn, kind=None, state=None):
    """Whether the last frame that h2 acted on is of a kind, met in such a state of its stream."""
    if not turn.receives or not turn.trace:
        return False
    frame, stream_state, _ = turn.trace[-1]
    return (kind is None or type(frame).__name__ == kind + "Frame") \
        and (state is None or state in stream_state)


def both_ended(turn, ours):
    """Whether an error of the peer ended both connections in this step."""
    return turn.failure is not None and turn.failure.origin == "remote" \
        and ",remote" in ours["error"]


def windows(text):
    """Windows by stream."""
    return dict(part.split("=") for part in text.split(";") if part)


def is_unchanged(field, ours, before):
    """Whether a field of ours is what it was; of windows, those that were looked at before."""
    if field != "stream windows":
        return ours[field] == before[field]
    known = windows(before[field])
    return all(known.get(key, value) == value for key, value in windows(ours[field]).items())


def _unchanged(name, field, kind, state=None):
    """A field that an error of the peer, in such a frame, leaves as it was."""
    return Difference(
        "a fatal error " + name, "RFC 9113 5.4.1: nothing is done with the frame", field,
        lambda t, o, h: both_ended(t, o) and last_frame(t, kind, state)
        and is_unchanged(field, o, t.before), ends=True)


# What one call can be blamed for, where it has several faults: {verb: (h2's kind, ours)}.
_BLAMES = {
    "hdr": (
        ("protocolViolation", "streamClosed"), ("streamClosed", "tooManyStreams"),
        ("tooManyStreams", "protocolViolation"), ("tooManyStreams", "streamIDTooLow"),
        ("tooManyStreams", "streamClosed"), ("streamIDTooLow", "streamClosed"),
        ("streamIDTooLow", "protocolViolation"), ("streamIDTooLow", "notPermitted"),
        ("protocolViolation", "notPermitted"), ("streamClosed", "protocolViolation"),
        ("protocolViolation", "invalidArgument"), ("streamClosed", "notPermitted"),
        ("IndexError", "invalidArgument"), ("IndexError", "notPermitted"),
        ("IndexError", "streamClosed"), ("IndexError", "protocolViolation")),
    "dat": (
        ("protocolViolation", "noSuchStream"), ("KeyError", "noSuchStream"),
        ("KeyError", "streamClosed"), ("frameTooLarge", "streamClosed"),
        ("protocolViolation", "streamClosed"), ("flowControl", "streamClosed")),
    "push": (
        ("protocolViolation", "invalidArgument"), ("protocolViolation", "streamClosed"),
        ("streamIDTooLow", "streamClosed"), ("streamIDTooLow", "protocolViolation")),
    "alts": (
        ("protocolViolation", "streamClosed"), ("noSuchStream", "protocolViolation"),
        ("AssertionError", "frameTooLarge")),
    "alto": (("AssertionError", "frameTooLarge"), ("invalidArgument", "frameTooLarge")),
    "close": (("AssertionError", "frameTooLarge"),),
    "prio": (
        ("notPermitted", "invalidArgument"), ("InvalidDataError", "invalidArgument"),
        ("protocolViolation", "invalidArgument")),
    "ack": (("noSuchStream", "invalidArgument"),),
    "inc": (("KeyError", "noSuchStream"), ("KeyError", "streamClosed")),
}


def _blame(verb):
    return lambda t, o, h: t.verb == verb and t.failure is not None and ",local" in o["error"] \
        and (t.failure.kind, o["error"].split(",")[0]) in _BLAMES[verb]


def _is_never_more(turn, ours, theirs):
    return ours["output"].replace("!", "") == theirs["output"].replace("!", "") \
        and ours["output"].count("!") > theirs["output"].count("!")


def _has_one_byte_identifiers(turn, ours, theirs):
    def cut(match):
        return "%d=" % (int(match.group(1)) & 0xff)
    return "SETTINGS" in ours["output"] \
        and re.sub(r"(\d+)=(?=\d)", cut, ours["output"]) == theirs["output"]


def _is_before_decoding(turn, ours, theirs):
    return (last_frame(turn, "Headers") or last_frame(turn, "PushPromise")) \
        and both_ended(turn, ours) \
        and (ours["error"].startswith(("streamIDTooLow", "streamClosed", "tooManyStreams"))
             or turn.failure.kind == "denialOfService"
             or "decoding header block" in turn.failure.message)


DIFFERENCES = [
    Difference(
        "dead connections throw the same error", "decision: as each receiveData after it", "error",
        lambda t, o, h: t.was_dead and t.receives and o["error"].split(" ")[0] == t.fatal,
        ends=True),
    Difference(
        "HPACK errors", "RFC 9113 4.3: COMPRESSION_ERROR", "error",
        lambda t, o, h: t.failure and o["error"] == "protocolViolation,9,remote"
        and ("decoding header block" in t.failure.message
             or t.failure.kind == "denialOfService")),
    Difference(
        "SETTINGS ACK with a payload", "RFC 9113 6.5: FRAME_SIZE_ERROR", "error",
        lambda t, o, h: t.bad_header is not None and t.bad_header[1] == 4 and t.bad_header[2] & 1
        and o["error"] == "frameDataMissing,6,remote"),
    Difference(
        "CONTINUATION out of place", "RFC 9113 6.10: PROTOCOL_ERROR whatever its stream", "error",
        lambda t, o, h: last_frame(t, "Continuation") and both_ended(t, o)
        and o["error"] == "protocolViolation,1,remote"),
    Difference(
        "a block is judged before it is decoded", "decision: states before compression", "error",
        _is_before_decoding),
    Difference(
        "a frame that is malformed twice", "either error is right, and both end the connection",
        "error", lambda t, o, h: t.bad_header is not None and both_ended(t, o)),
    Difference(
        "the first bad setting is told", "RFC 9113 6.5.3: they are judged in their order", "error",
        lambda t, o, h: last_frame(t, "Settings") and both_ended(t, o)
        and t.failure.kind == "invalidSettingsValue"
        and o["error"].startswith("invalidSettingsValue")),
    Difference(
        "settings are judged before windows grow", "RFC 8441 3: 1 is not taken back", "error",
        lambda t, o, h: last_frame(t, "Settings") and both_ended(t, o)
        and t.role == "client" and t.last[0].settings.get(8) == 0
        and t.failure.kind == "flowControl"
        and o["error"] == "invalidSettingsValue,1,remote"),
    Difference(
        "the upgrade's settings are the client's", "they came from the peer", "error",
        lambda t, o, h: t.verb == "ups" and o["error"].startswith("invalidSettingsValue")
        and o["error"].replace("remote", "local") == h["error"]),
    # What the error that ends a connection leaves.
    _unchanged("in HEADERS opens no stream", "highest", "Headers", "idle"),
    _unchanged("in a request counts no stream", "open", "Headers", "idle"),
    _unchanged("in a response ends no stream", "open", "Headers"),
    _unchanged("in DATA ends no stream", "open", "Data"),
    _unchanged("of a CONTINUATION ends no stream", "open", "Continuation"),
    _unchanged("in DATA moves no window", "window", "Data"),
    _unchanged("in DATA moves no window of a stream", "stream windows", "Data"),
    _unchanged("in HEADERS makes no window", "stream windows", "Headers"),
    _unchanged("in SETTINGS moves no window", "stream windows", "Settings"),
    _unchanged("in SETTINGS changes none", "remote settings", "Settings"),
    Difference(
        "dead connections send nothing", "decision: GOAWAY is written once", "output",
        lambda t, o, h: t.was_dead and t.receives and o["output"] == "", ends=True),
    Difference(
        "dead connections tell nothing", "decision: each receiveData throws the same error",
        "events", lambda t, o, h: t.was_dead and t.receives and o["events"] == "", ends=True),
    Difference(
        "a preface that is none ends the connection", "RFC 9113 3.4; h2 stays idle", "state",
        lambda t, o, h: t.receives and t.failure is not None and t.role == "server"
        and "preamble" in t.failure.message and o["state"] == "closed", ends=True),
    Difference(
        "a refused stream is used up as its block begins", "RFC 9113 5.1.1: it is no longer idle",
        "highest",
        lambda t, o, h: both_ended(t, o) and last_frame(t, "Headers", "idle")
        and o["highest"].split(",")[0] == str(t.last[0].stream_id), ends=True),
    # Before this side announced anything.
    Difference(
        "nothing is announced before it is sent",
        "decision: before initiateConnection() nothing was announced", "announced settings",
        lambda t, o, h: not t.was_initiated),
    Difference(
        "nothing is in force before it is sent",
        "decision: before initiateConnection() nothing was announced", "local settings",
        lambda t, o, h: not t.was_initiated),
    # Blocks that are not complete.
    Difference(
        "a block opens the connection as it begins", "decision: limits and states before feeding",
        "state",
        lambda t, o, h: t.block is not None
        and (h["state"], o["state"]) == ("idle", "open")),
    Difference(
        "a refused block uses its stream up as it begins",
        "decision: limits and states before feeding", "highest",
        lambda t, o, h: t.block is not None and not hasattr(t.block, "promised_stream_id")
        and o["highest"].split(",")[0] == str(t.block.stream_id)),
    Difference(
        "a refused block closes its stream as it begins",
        "decision: limits and states before feeding", "stream windows",
        lambda t, o, h: t.block is not None
        and windows(o["stream windows"]).get(str(t.block.stream_id)) == "streamClosed", ends=True),
    Difference(
        "a block opens the connection for calls, too", "decision: limits and states before feeding",
        "error",
        lambda t, o, h: t.block is not None and t.failure is not None
        and ",local" in o["error"] and "ConnectionState.IDLE" in t.failure.message),
    # What is sent.
    Difference(
        "never indexed means never",
        "RFC 7541 7.1.3: h2 uses an entry that is in the table", "output", _is_never_more),
    Difference(
        "identifiers of settings have 16 bits", "RFC 9113 6.5.1: hyperframe sends 8 of them",
        "output", _has_one_byte_identifiers),
    Difference(
        "identifiers of an upgrade's settings have 16 bits",
        "RFC 9113 6.5.1: hyperframe sends 8 of them", "returned",
        lambda t, o, h: t.verb == "upc" and any(key > 0xff for key, _ in t.setup.settings)
        and len(o["returned"]) == len(h["returned"]) > 0),
    Difference(
        "HPACK tables shrink at once", "RFC 7541 4.2: hpack also sends sizes that are over",
        "output",
        lambda t, o, h: "InvalidTableSizeError" in h["output"]
        and "InvalidTableSizeError" not in o["output"], ends=True),
] + [
    Difference(
        "which mistake is told: " + verb, "either is right, and nothing is changed", "error",
        _blame(verb))
    for verb in _BLAMES
]
