# SPDX-License-Identifier: MIT
"""Allowed differences in one field of a step; all other fields are compared.

Both libraries behave alike or are both right, and their reports differ: for example, an error
reports a different one of two faults, or H2 alone leaves a field unchanged after a frame with a
fatal error. Each entry is about one field, one state, and one frame or call."""

import re

from allowed.conditions import both_ended, is_unchanged, last_frame, windows


class DifferingField:
    """An allowed difference in `field`, if `when(turn, ours, theirs)` is true.

    If `ends`, the conversation ends after the step, because the next one cannot be compared."""

    def __init__(self, name, reason, field, when, ends=False):
        self.name, self.reason, self.field, self.when, self.ends = name, reason, field, when, ends


def _unchanged(name, field, kind, state=None):
    """A field that H2 leaves unchanged after a frame that ends the connection."""
    return DifferingField(
        "a fatal error " + name, "decision: the frame changes nothing, RFC 9113 5.4.1", field,
        lambda t, o, h: both_ended(t, o) and last_frame(t, kind, state)
        and is_unchanged(field, o, t.before), ends=True)


# The errors of a call with several faults: {verb: ((the kind in h2, the kind in H2), ...)}.
_FAULTS = {
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


def _has_faults(verb):
    return lambda t, o, h: t.verb == verb and t.failure is not None and ",local" in o["error"] \
        and (t.failure.kind, o["error"].split(",")[0]) in _FAULTS[verb]


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


DIFFERING_FIELDS = [
    DifferingField(
        "a connection ended by an error throws the error again",
        "decision: each later receiveData throws it", "error",
        lambda t, o, h: t.was_dead and t.receives and o["error"].split(" ")[0] == t.fatal,
        ends=True),
    DifferingField(
        "the code of HPACK errors", "RFC 9113 4.3: COMPRESSION_ERROR", "error",
        lambda t, o, h: t.failure and o["error"] == "protocolViolation,9,remote"
        and ("decoding header block" in t.failure.message
             or t.failure.kind == "denialOfService")),
    DifferingField(
        "SETTINGS ACK with a payload", "RFC 9113 6.5: FRAME_SIZE_ERROR", "error",
        lambda t, o, h: t.bad_header is not None and t.bad_header[1] == 4 and t.bad_header[2] & 1
        and o["error"] == "frameDataMissing,6,remote"),
    DifferingField(
        "CONTINUATION outside a field block", "RFC 9113 6.10: PROTOCOL_ERROR whatever its stream",
        "error",
        lambda t, o, h: last_frame(t, "Continuation") and both_ended(t, o)
        and o["error"] == "protocolViolation,1,remote"),
    DifferingField(
        "a field block with two faults", "decision: the state is checked before decoding", "error",
        _is_before_decoding),
    DifferingField(
        "a frame with two faults", "either is right: both end the connection",
        "error", lambda t, o, h: t.bad_header is not None and both_ended(t, o)),
    DifferingField(
        "SETTINGS with two invalid values", "RFC 9113 6.5.3: the first one is reported", "error",
        lambda t, o, h: last_frame(t, "Settings") and both_ended(t, o)
        and t.failure.kind == "invalidSettingsValue"
        and o["error"].startswith("invalidSettingsValue")),
    DifferingField(
        "SETTINGS with an invalid value and an excessive window",
        "either is right: RFC 8441 3, RFC 9113 6.9.2", "error",
        lambda t, o, h: last_frame(t, "Settings") and both_ended(t, o)
        and t.role == "client" and t.last[0].settings.get(8) == 0
        and t.failure.kind == "flowControl"
        and o["error"] == "invalidSettingsValue,1,remote"),
    DifferingField(
        "an invalid value in HTTP2-Settings", "decision: the peer is at fault", "error",
        lambda t, o, h: t.verb == "ups" and o["error"].startswith("invalidSettingsValue")
        and o["error"].replace("remote", "local") == h["error"]),
    # Fields that an error leaves unchanged if it ends the connection.
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
    DifferingField(
        "a connection ended by an error sends nothing", "decision: GOAWAY is written once",
        "output",
        lambda t, o, h: t.was_dead and t.receives and o["output"] == "", ends=True),
    DifferingField(
        "a connection ended by an error has no events",
        "decision: each receiveData throws the same error",
        "events", lambda t, o, h: t.was_dead and t.receives and o["events"] == "", ends=True),
    DifferingField(
        "an invalid preface ends the connection", "RFC 9113 3.4: h2 stays idle", "state",
        lambda t, o, h: t.receives and t.failure is not None and t.role == "server"
        and "preamble" in t.failure.message and o["state"] == "closed", ends=True),
    DifferingField(
        "a refused stream is used once its field block begins",
        "RFC 9113 5.1.1: it is no longer idle",
        "highest",
        lambda t, o, h: both_ended(t, o) and last_frame(t, "Headers", "idle")
        and o["highest"].split(",")[0] == str(t.last[0].stream_id), ends=True),
    # Before the first SETTINGS was sent.
    DifferingField(
        "no settings are announced before initiateConnection()",
        "decision: nothing was sent yet", "announced settings",
        lambda t, o, h: not t.was_initiated),
    DifferingField(
        "no settings are in force before initiateConnection()",
        "decision: nothing was sent yet", "local settings",
        lambda t, o, h: not t.was_initiated),
    # Incomplete field blocks.
    DifferingField(
        "a field block opens the connection when it begins",
        "decision: its first frame is checked at once",
        "state",
        lambda t, o, h: t.block is not None
        and (h["state"], o["state"]) == ("idle", "open")),
    DifferingField(
        "a refused field block uses its stream when it begins",
        "decision: its first frame is checked at once", "highest",
        lambda t, o, h: t.block is not None and not hasattr(t.block, "promised_stream_id")
        and o["highest"].split(",")[0] == str(t.block.stream_id)),
    DifferingField(
        "a refused field block closes its stream when it begins",
        "decision: its first frame is checked at once", "stream windows",
        lambda t, o, h: t.block is not None
        and windows(o["stream windows"]).get(str(t.block.stream_id)) == "streamClosed", ends=True),
    DifferingField(
        "calls are possible when a field block begins",
        "decision: its first frame is checked at once",
        "error",
        lambda t, o, h: t.block is not None and t.failure is not None
        and ",local" in o["error"] and "ConnectionState.IDLE" in t.failure.message),
    # Output.
    DifferingField(
        "a never-indexed field that is in the HPACK table",
        "RFC 7541 7.1.3: it stays a literal; h2 uses the entry", "output", _is_never_more),
    DifferingField(
        "identifiers of settings have 16 bits", "RFC 9113 6.5.1: hyperframe sends 8 bits",
        "output", _has_one_byte_identifiers),
    DifferingField(
        "identifiers of an upgrade's settings have 16 bits",
        "RFC 9113 6.5.1: hyperframe sends 8 bits", "returned",
        lambda t, o, h: t.verb == "upc" and any(key > 0xff for key, _ in t.setup.settings)
        and len(o["returned"]) == len(h["returned"]) > 0),
    DifferingField(
        "an HPACK table becomes smaller, then larger",
        "RFC 7541 4.2: hpack signals a size that is no longer allowed",
        "output",
        lambda t, o, h: "InvalidTableSizeError" in h["output"]
        and "InvalidTableSizeError" not in o["output"], ends=True),
] + [
    DifferingField(
        "which of two faults is reported: " + verb, "either is right: the call changes nothing",
        "error",
        _has_faults(verb))
    for verb in _FAULTS
]
