# SPDX-License-Identifier: MIT
"""h2, made to do as this library where it stops, or goes another way, and the library must not.

Behind such a step nothing could be compared any more; so h2 is mended, all fields of the step are
compared, and the conversation goes on. Each mend is one deliberate difference, about one frame or
call in one state. `met` has those that changed what h2 does."""

from h2.events import ResponseReceived
from h2.exceptions import InvalidBodyLengthError, ProtocolError
from h2.frame_buffer import FrameBuffer
from h2.stream import H2Stream, StreamInputs, StreamState
from h2.utilities import CONNECTION_HEADERS, extract_method_header
from h2.windows import WindowManager
from hyperframe.exceptions import InvalidPaddingError
from hyperframe.frame import GoAwayFrame, HeadersFrame, PushPromiseFrame, WindowUpdateFrame
import h2.frame_buffer
import h2.stream
import h2.utilities

import sent

MENDS = []
met = set()


class Mend:
    """What is mended, and why."""

    def __init__(self, name, reason):
        self.name, self.reason = name, reason
        MENDS.append(self)

    def meet(self):
        met.add(self.name)


def _replace(owner, name):
    """Puts a function in the place of another one, which it gets as its first argument."""
    def decorate(function):
        original = getattr(owner, name)
        setattr(
            owner, name,
            lambda *arguments, **named: function(original, *arguments, **named))
    return decorate


# Frames.

_INCREMENT = Mend("the reserved bit of WINDOW_UPDATE", "RFC 9113 6.9: ignored")
_PROMISED = Mend("the reserved bit of PUSH_PROMISE", "RFC 9113 6.6: ignored")
_LAST = Mend("the reserved bit of GOAWAY", "RFC 9113 6.8: ignored")
_FULL = Mend("padding may fill a frame", "RFC 9113 6.2, 6.6: it may not exceed what is left")
_OVER = Mend(
    "padding beyond what is left",
    "RFC 9113 6.2, 6.6: PROTOCOL_ERROR; hyperframe counts other bytes")


_CONTINUATIONS = Mend(
    "more than 63 CONTINUATION frames", "decision: H2Limits.continuationFrames bounds them")
h2.frame_buffer.CONTINUATION_BACKLOG = 1 << 20


@_replace(FrameBuffer, "_update_header_buffer")
def _update_header_buffer(original, buffer, frame):
    if len(buffer._headers_buffer) >= 64:
        _CONTINUATIONS.meet()
    return original(buffer, frame)


def _without_bit(data, index, mend):
    data = bytearray(data)
    if len(data) > index and data[index] & 0x80:
        mend.meet()
        data[index] &= 0x7f
    return memoryview(bytes(data))


@_replace(WindowUpdateFrame, "parse_body")
def _parse_window_update(original, frame, data):
    original(frame, _without_bit(data, 0, _INCREMENT) if len(data) == 4 else data)


@_replace(GoAwayFrame, "parse_body")
def _parse_goaway(original, frame, data):
    original(frame, _without_bit(data, 0, _LAST) if len(data) >= 8 else data)


@_replace(PushPromiseFrame, "parse_body")
def _parse_promise(original, frame, data):
    padding = int("PADDED" in frame.flags)
    data = _without_bit(data, padding, _PROMISED) if len(data) >= padding + 4 else data
    _check_padding(lambda: original(frame, data), frame, len(data) - padding - 4)


@_replace(HeadersFrame, "parse_body")
def _parse_headers(original, frame, data):
    fixed = int("PADDED" in frame.flags) + 5 * ("PRIORITY" in frame.flags)
    _check_padding(lambda: original(frame, data), frame, len(data) - fixed)


def _check_padding(parse, frame, left):
    """`left` is what padding may take."""
    try:
        parse()
    except InvalidPaddingError:
        if frame.pad_length > left:
            raise
        _FULL.meet()
    else:
        if frame.pad_length > max(left, 0):
            _OVER.meet()
            raise InvalidPaddingError


# Windows.

_EMPTY = Mend("empty DATA at a negative window", "RFC 9113 6.9.1: it takes no window")
_HELD = Mend(
    "acknowledging more than was received", "what the peer did not send is not given back to it")


@_replace(WindowManager, "window_consumed")
def _window_consumed(original, manager, size):
    manager.held = getattr(manager, "held", 0) + size
    if size == 0 and manager.current_window_size < 0:
        return _EMPTY.meet()
    return original(manager, size)


@_replace(WindowManager, "process_bytes")
def _process_bytes(original, manager, size):
    held = getattr(manager, "held", 0)
    if size > held:
        _HELD.meet()
    size = min(size, held)
    manager.held = held - size
    return original(manager, size)


# Rules for sections, sent or received.

_DIGITS = Mend("1xx has three digits", "RFC 9110 15: h2 looks at the first one only")
_AUTHORITY = Mend(
    "host and :authority are compared as origins",
    "RFC 9113 8.3.1: after normalization, RFC 3986 6.2; h2 compares bytes")


@_replace(h2.utilities, "is_informational_response")
def is_informational_response(original, headers):
    result = sent.is_informational(headers)
    if result != original(headers):
        _DIGITS.meet()
    return result


h2.stream.is_informational_response = is_informational_response = \
    h2.utilities.is_informational_response


def _origin(authority, scheme):
    """User information, and the host without an empty or default port."""
    place = authority.rfind(b"@") + 1
    user, host = authority[:place], authority[place:].lower()
    port = {b"http": b"80", b"https": b"443"}.get((scheme or b"").lower())
    colon = host.rfind(b":")
    if port and colon > host.rfind(b"]") and host[colon + 1:] in (b"", port):
        host = host[:colon]
    return user, host


@_replace(h2.utilities, "_validate_host_authority_header")
def _validate_host(original, headers):
    headers = list(headers)
    scheme, authority = (sent.first(headers, name) for name in (b":scheme", b":authority"))
    judged = []
    for name, value in headers:
        if name == b"host" and authority is not None and value != authority \
                and _origin(value, scheme) == _origin(authority, scheme):
            _AUTHORITY.meet()
            value = authority
        judged.append((name, value))
    list(original(judged))
    return iter(headers)


# Sections that are sent.

_BLANKS = Mend("1xx is looked for in what is sent", "h2 looks before it strips fields")
_COOKIES = Mend("a stripped cookie is split", "RFC 9113 8.2.3: h2 splits before it strips names")
_EMPTY_TRAILERS = Mend("trailers may be empty", "RFC 9113 8.1: h2 fails with an IndexError")
_METHOD = Mend(
    "HEAD stays HEAD", "RFC 9110 9.3.2: h2 forgets it when trailers are sent, and in promises")


@_replace(h2.stream, "normalize_outbound_headers")
def _normalize(original, headers, flags, splits):
    stripped = []
    for header in headers:
        name = header[0].strip()
        if splits and name != header[0] and name.lower() == b"cookie" and b"; " in header[1]:
            _COOKIES.meet()
        stripped.append(header.__class__(name, header[1]))
    return original(stripped, flags, splits)


@_replace(H2Stream, "send_headers")
def _send_headers(original, stream, headers, encoder, ends=False):
    headers = list(headers)
    method = stream.request_method
    if stream.config.normalize_outbound_headers:
        stripped = [h.__class__(h[0].strip(), h[1].strip()) for h in headers]
        stripped = [h for h in stripped if h[0].lower() not in CONNECTION_HEADERS]
        if is_informational_response(stripped) and not is_informational_response(headers):
            _BLANKS.meet()
            headers = stripped
    is_new = stream.state_machine.state == StreamState.IDLE
    unsent = sent.unsent_after(None if is_new else stream, stream.config, headers)
    is_final = not is_new and not stream.state_machine.headers_sent
    result = original(stream, headers, encoder, ends)
    if method is not None:
        stream.request_method = method
        if method == b"HEAD":
            _METHOD.meet()
    stream.unsent = unsent
    if is_final and stream.peer_method == b"CONNECT" \
            and sent.is_successful(sent.normal(stream.config, headers)):
        stream.is_tunnel = True
        if stream._expected_content_length is not None:
            _TUNNEL.meet()
        stream._expected_content_length = None
    return result


@_replace(H2Stream, "send_data")
def _send_data(original, stream, data, end_stream=False, pad_length=None):
    result = original(stream, data, end_stream, pad_length)
    if stream.unsent is not None:
        stream.unsent -= len(data)
    return result


@_replace(H2Stream, "upgrade")
def _upgrade(original, stream, client_side):
    original(stream, client_side)
    stream.is_upgraded = True


@_replace(H2Stream, "remotely_pushed")
def _remotely_pushed(original, stream, headers):
    stream.request_method = extract_method_header(headers)
    if stream.request_method == b"HEAD":
        _METHOD.meet()
    return original(stream, headers)


@_replace(H2Stream, "_build_headers_frames")
def _build_headers_frames(original, stream, headers, encoder, frame, flags):
    try:
        return original(stream, headers, encoder, frame, flags)
    except IndexError:
        if not flags.is_trailer:
            raise
        _EMPTY_TRAILERS.meet()
        frame.data = b""
        frame.flags.add("END_HEADERS")
        return [frame]


# Sections that are received.

_TUNNEL = Mend(
    "content-length of an answered CONNECT",
    "RFC 9110 9.3.6: that of the response MUST be ignored, and the request has no content")
_MISSING = Mend(
    "content-length of what has no body",
    "RFC 9110 8.6: 204, 304 and what may answer a HEAD, with an empty DATA frame")
_INTERIM = Mend("1xx on a closed stream", "RFC 9113 5.1: STREAM_CLOSED, as any HEADERS")
_LATE = Mend(
    "a cookie before a pseudo-header field", "RFC 9113 8.3: h2 joins cookies before it looks")
_PADDED = Mend(
    "a cookie with a blank at an end", "RFC 9113 8.2.1: h2 joins cookies before it looks")


_TUNNEL_HEADERS = Mend("HEADERS in a tunnel", "RFC 9113 8.5: PROTOCOL_ERROR")
_STATUS = Mend(":status is 100 to 999, and not 101", "RFC 9110 15, RFC 9113 8.6")
_UNSAFE = Mend("a promised request is GET or HEAD without content", "RFC 9113 8.4")
_PROTOCOL = Mend(":protocol at a server that did not announce it", "RFC 8441 3")
_NO_AUTHORITY = Mend("a received CONNECT has :authority", "RFC 9113 8.5: h2 takes host instead")
_NO_CONTENT = Mend("DATA after 204 or 304", "RFC 9110 6.4.1: there is no content")


def _malformation(stream, headers, flags):
    """The mend by which a section is malformed, or None."""
    if flags.is_trailer:
        return None
    if flags.is_response_header:
        return None if sent.is_status(sent.first(headers, b":status")) else _STATUS
    if flags.is_push_promise:
        return None if sent.is_promisable(headers) else _UNSAFE
    if sent.is_connect_without_authority(headers):
        return _NO_AUTHORITY
    announced = stream.connection.local_settings._settings[8][-1]
    if sent.first(headers, b":protocol") is not None and announced != 1:
        return _PROTOCOL
    return None


@_replace(H2Stream, "_process_received_headers")
def _process_received_headers(original, stream, headers, flags, encoding):
    headers = list(headers)
    if stream.config.normalize_inbound_headers and stream.config.validate_inbound_headers:
        names = [n for n, _ in headers]
        cookies = [v for n, v in headers if n == b"cookie"]
        is_late = cookies and any(n[:1] == b":" for n in names[names.index(b"cookie"):])
        is_padded = any(v.strip(b" \t") != v for v in cookies)
        if is_late or is_padded:
            # Where h2 finds something itself, that is its error.
            original(stream, headers, flags, encoding)
            (_LATE if is_late else _PADDED).meet()
            raise ProtocolError("A mistake that joined cookies hide")
    result = original(stream, headers, flags, encoding)
    if stream.config.validate_inbound_headers:
        mend = _malformation(stream, headers, flags)
        if mend is not None:
            mend.meet()
            raise ProtocolError("h2 does not check: " + mend.name)
    return result


@_replace(H2Stream, "_initialize_content_length")
def _initialize_content_length(original, stream, headers):
    original(stream, headers)
    if sent.first(headers, b":status") is None:
        return
    stream.may_lack_body = stream.is_upgraded
    if stream.request_method == b"CONNECT" and sent.is_successful(headers):
        if stream._expected_content_length is not None:
            _TUNNEL.meet()
        stream._expected_content_length = None
    elif stream.request_method != b"HEAD":
        stream.lacks_body = sent.first(headers, b":status") in (b"204", b"304")


@_replace(H2Stream, "_track_content_length")
def _track_content_length(original, stream, length, ends):
    if getattr(stream, "lacks_body", False):
        stream._actual_content_length += length
        if stream._actual_content_length:
            _NO_CONTENT.meet()
            raise InvalidBodyLengthError(0, stream._actual_content_length)
        if ends and stream._expected_content_length:
            _MISSING.meet()
        return None
    if ends and length == stream._actual_content_length == 0 \
            and getattr(stream, "may_lack_body", False):
        if stream._expected_content_length:
            _MISSING.meet()
        return None
    return original(stream, length, ends)


@_replace(H2Stream, "receive_headers")
def _receive_headers(original, stream, headers, ends, encoding):
    headers = list(headers)
    state = stream.state_machine.state
    if state in (StreamState.CLOSED, StreamState.HALF_CLOSED_REMOTE) \
            and is_informational_response(headers):
        _INTERIM.meet()
        stream.state_machine.process_input(StreamInputs.RECV_HEADERS)
    if stream.is_tunnel and state in (StreamState.OPEN, StreamState.HALF_CLOSED_LOCAL):
        _TUNNEL_HEADERS.meet()
        raise ProtocolError("HEADERS in a tunnel")
    if state == StreamState.IDLE:
        stream.peer_method = extract_method_header(headers)
    result = original(stream, headers, ends, encoding)
    if isinstance(result[1][0], ResponseReceived) and stream.request_method == b"CONNECT" \
            and sent.is_successful(headers):
        stream.is_tunnel = True
        stream.unsent = None
    return result
