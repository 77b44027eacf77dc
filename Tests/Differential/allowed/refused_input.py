# SPDX-License-Identifier: MIT
"""Allowed differences: received bytes that H2 rejects, and h2 accepts or rejects differently.

H2 ends the connection or resets a stream while h2 continues, or the other way round. h2's fields
then do not predict H2's: those must be unchanged by the step, except for the fields that the entry
names. The conversation ends after the step. Each entry is about one state and one frame, and
applies if the error or the events differ."""

from allowed.conditions import is_unchanged, last_frame


class RefusedInput:
    """An allowed rejection, if `when(turn, ours, theirs)` is true after the step.

    `then(turn, before, ours)` returns the fields of H2 that change, with their values."""

    def __init__(self, name, reason, when, then):
        self.name, self.reason, self.when, self.then = name, reason, when, then

    def unexpected(self, turn, ours):
        """Returns the fields of H2 with an unexpected value: (field, expected, found)."""
        changes = {"error": "-", "returned": "", "events": "", "output": "", "pending": "0"}
        # They depend on the other fields.
        changes.update({"available": None, "sendable": None})
        changes.update(self.then(turn, turn.before, ours))
        result = []
        for field, value in ours.items():
            if field in changes:
                # None allows any value.
                if changes[field] is not None and value != changes[field]:
                    result.append((field, changes[field], value))
            elif not is_unchanged(field, ours, turn.before):
                result.append((field, turn.before[field], value))
        return result


def _ends(turn, before, ours):
    """It is a remote error, and the frame changed nothing."""
    return {"error": None, "state": "closed", "output": "GOAWAY of the error", "pending": "1"}


def _ends_message(turn, before, ours):
    """Like _ends, but the stream that the message opened is used."""
    inbound, outbound = map(int, before["highest"].split(","))
    if turn.role == "server":
        inbound = max(inbound, turn.last[0].stream_id)
    return dict(_ends(turn, before, ours), highest="%d,%d" % (inbound, outbound))


def _ends_block(turn, before, ours):
    """Like _ends, but the stream of the block may be used."""
    inbound, outbound = map(int, before["highest"].split(","))
    used = 0 if hasattr(turn.block, "promised_stream_id") else turn.block.stream_id
    highest = "%d,%d" % (max(inbound, used), outbound)
    return dict(
        _ends(turn, before, ours),
        highest=highest if ours["highest"] == highest else before["highest"])


def _refusal(turn):
    """Returns the event of a refused stream, which only a client has, for a promised stream."""
    is_known = turn.role == "client" and last_frame(turn, "Headers")
    return "reset,%d,7,0,0|" % turn.last[0].stream_id if is_known else ""


def _refuses(turn, before, ours):
    """The stream is refused, and its field block was decoded."""
    frame = turn.last[0]
    stream_id = getattr(frame, "promised_stream_id", None) or frame.stream_id
    inbound, outbound = before["highest"].split(",")
    used = stream_id if frame.stream_id == stream_id else 0
    return {
        "state": "open", "pending": "1", "stream windows": None, "events": _refusal(turn),
        "highest": "%d,%s" % (max(int(inbound), used), outbound),
        "output": "RST_STREAM flags 0 stream %d: 00000007" % stream_id}


def _reset(stream_id):
    return {
        "events": "reset,%d,5,0,0|" % stream_id, "pending": "1", "stream windows": None,
        "open": None, "output": "RST_STREAM flags 0 stream %d: 00000005" % stream_id}


def _resets(turn, before, ours):
    """The stream is reset before its field block is complete."""
    return _reset(turn.block.stream_id)


def _resets_and_ends(turn, before, ours):
    """The stream is reset, and its field block cannot be decoded."""
    changes = _reset((turn.block or turn.last[0]).stream_id)
    changes.update({
        "error": None, "state": "closed", "output": changes["output"] + "\nGOAWAY of the error"})
    return changes


class EndedConnection(RefusedInput):
    """H2 ends the connection with an error that starts with `error`, and h2 continues."""

    def __init__(self, name, reason, error, when, then=_ends):
        super().__init__(
            name, reason,
            lambda t, o, h: t.failure is None and o["error"].startswith(error)
            and ",remote" in o["error"] and when(t), then)


def _fails_after_reset(ours):
    return ours["events"].startswith("reset") and ours["error"] == "protocolViolation,9,remote"


REFUSED_INPUT = [
    RefusedInput(
        "a field block whose stream H2 reset cannot be decoded",
        "decision: the state is checked before decoding",
        lambda t, o, h: last_frame(t, "Headers", "half_closed_remote") and t.failure is not None
        and _fails_after_reset(o), _resets_and_ends),
    RefusedInput(
        "the beginning of a field block whose stream H2 reset cannot be decoded",
        "decision: its first frame is checked at once",
        lambda t, o, h: t.block is not None and t.failure is None and _fails_after_reset(o),
        _resets_and_ends),
    EndedConnection(
        "the first frame is not SETTINGS", "RFC 9113 3.4", "protocolViolation,1",
        lambda t: not t.had_settings),
    EndedConnection(
        "an error in the first frame of a field block",
        "decision: its first frame is checked at once", "",
        lambda t: t.block is not None, _ends_block),
    EndedConnection(
        "an error in a frame header, before the payload",
        "decision: the rest of the frame does not matter, RFC 9113 4.2, 6",
        "", lambda t: t.is_partial),
    EndedConnection(
        "the peer changes NO_RFC7540_PRIORITIES", "RFC 9218 2.1: PROTOCOL_ERROR",
        "invalidSettingsValue,1",
        lambda t: last_frame(t, "Settings") and 9 in t.last[0].settings),
    EndedConnection(
        "the peer changes ENABLE_CONNECT_PROTOCOL from 1 to 0", "RFC 8441 3: PROTOCOL_ERROR",
        "invalidSettingsValue,1",
        lambda t: t.role == "client" and last_frame(t, "Settings")
        and t.last[0].settings.get(8) == 0),
    EndedConnection(
        "an invalid value of a repeated setting",
        "RFC 9113 6.5.3: all are processed in order; h2 checks the last one",
        "invalidSettingsValue",
        lambda t: last_frame(t, "Settings")
        and t.last[0].body_len != 6 * len(t.last[0].settings)),
    EndedConnection(
        "the server opens a stream with HEADERS", "RFC 9113 8.4: only by PUSH_PROMISE",
        "protocolViolation,1",
        lambda t: t.role == "client" and last_frame(t, "Headers", "idle")),
    EndedConnection(
        "CONTINUATION on a closed stream", "RFC 9113 6.10: PROTOCOL_ERROR whatever its stream",
        "protocolViolation,1", lambda t: last_frame(t, "Continuation", "closed by")),
    EndedConnection(
        "PUSH_PROMISE on a pushed stream", "RFC 9113 6.6: on a stream of the client only",
        "protocolViolation,1",
        lambda t: last_frame(t, "PushPromise") and t.last[0].stream_id % 2 == 0),
    EndedConnection(
        "PUSH_PROMISE on a half-closed stream", "RFC 9113 6.6: PROTOCOL_ERROR",
        "protocolViolation,1", lambda t: last_frame(t, "PushPromise", "half_closed_remote")),
    EndedConnection(
        "a promise of a stream that is not idle",
        "RFC 9113 6.6: PROTOCOL_ERROR whatever its parent",
        "streamIDTooLow,1", lambda t: last_frame(t, "PushPromise")),
    EndedConnection(
        "another frame on reserved (remote)", "RFC 9113 5.1: only HEADERS, RST_STREAM, PRIORITY",
        "protocolViolation,1", lambda t: last_frame(t, None, "reserved_remote")),
    EndedConnection(
        "DATA on reserved (local)", "RFC 9113 5.1: only RST_STREAM, PRIORITY, WINDOW_UPDATE",
        "protocolViolation,1", lambda t: last_frame(t, "Data", "reserved_local")),
    EndedConnection(
        "HEADERS on a pushed stream at a server", "RFC 9113 5.1, 5.4.1", "streamClosed,5",
        lambda t: t.role == "server" and last_frame(t, "Headers")
        and t.last[0].stream_id % 2 == 0),
    EndedConnection(
        "END_STREAM in HEADERS with a content-length", "RFC 9113 8.1.1", "invalidBodyLength",
        lambda t: last_frame(t, "Headers"), _ends_message),
    EndedConnection(
        "RST_STREAM on an idle stream", "RFC 9113 6.4: PROTOCOL_ERROR", "protocolViolation,1",
        lambda t: last_frame(t, "RstStream", "idle")),
    EndedConnection(
        "a pushed response beyond MAX_CONCURRENT_STREAMS",
        "RFC 9113 5.1.2: a stream error at least", "tooManyStreams,1",
        lambda t: last_frame(t, "Headers", "reserved_remote")),
    EndedConnection(
        "a smaller HPACK table that is not signaled", "RFC 7541 4.2: the smallest size must be",
        "protocolViolation,9", lambda t: t.lowered_table),
    RefusedInput(
        "a stream is reset by the first frame of a field block",
        "decision: its first frame is checked at once",
        lambda t, o, h: t.receives and t.block is not None and t.failure is None
        and o["error"] == "-" and h["events"] == "", _resets),
    RefusedInput(
        "a stream beyond MAX_CONCURRENT_STREAMS before the ACK",
        "decision: REFUSED_STREAM, RFC 9113 5.1.2",
        lambda t, o, h: (last_frame(t, "Headers") or last_frame(t, "PushPromise"))
        and o["error"] == "-" and o["events"] == _refusal(t) and "00000007" in o["output"],
        _refuses),
]
