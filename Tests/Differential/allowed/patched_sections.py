# SPDX-License-Identifier: MIT
"""Patches of h2's handling of sent and received field sections and bodies."""

from h2.events import ResponseReceived
from h2.exceptions import InvalidBodyLengthError, ProtocolError
from h2.stream import H2Stream, StreamInputs, StreamState
from h2.utilities import CONNECTION_HEADERS, extract_method_header
import h2.stream
import h2.utilities

import messages
from allowed.patch import Patch, replace

# Rules for sent and received sections.

_DIGITS = Patch("1xx has three digits", "RFC 9110 15: h2 checks the first digit only")
_AUTHORITY = Patch(
    "host and :authority are compared as origins",
    "RFC 9113 8.3.1: after normalization, RFC 3986 6.2; h2 compares bytes")


@replace(h2.utilities, "is_informational_response")
def is_informational_response(original, headers):
    result = messages.is_informational(headers)
    if result != original(headers):
        _DIGITS.count()
    return result


h2.stream.is_informational_response = is_informational_response = \
    h2.utilities.is_informational_response


def _origin(authority, scheme):
    """Returns the user information, and the host without an empty or default port."""
    place = authority.rfind(b"@") + 1
    user, host = authority[:place], authority[place:].lower()
    port = {b"http": b"80", b"https": b"443"}.get((scheme or b"").lower())
    colon = host.rfind(b":")
    if port and colon > host.rfind(b"]") and host[colon + 1:] in (b"", port):
        host = host[:colon]
    return user, host


@replace(h2.utilities, "_validate_host_authority_header")
def _validate_host(original, headers):
    headers = list(headers)
    scheme, authority = (messages.first(headers, name) for name in (b":scheme", b":authority"))
    compared = []
    for name, value in headers:
        if name == b"host" and authority is not None and value != authority \
                and _origin(value, scheme) == _origin(authority, scheme):
            _AUTHORITY.count()
            value = authority
        compared.append((name, value))
    list(original(compared))
    return iter(headers)


# Sent sections.

_BLANKS = Patch(
    "a stripped :status is recognized as 1xx", "RFC 9110 15.2: h2 checks before stripping fields")
_COOKIES = Patch("a stripped cookie is split", "RFC 9113 8.2.3: h2 splits before stripping names")
_EMPTY_TRAILERS = Patch("trailers may be empty", "RFC 9113 8.1: h2 fails with an IndexError")
_METHOD = Patch(
    "the method stays HEAD", "RFC 9110 9.3.2: h2 forgets it after trailers, and in promises")


@replace(h2.stream, "normalize_outbound_headers")
def _normalize(original, headers, flags, splits):
    stripped = []
    for header in headers:
        name = header[0].strip()
        if splits and name != header[0] and name.lower() == b"cookie" and b"; " in header[1]:
            _COOKIES.count()
        stripped.append(header.__class__(name, header[1]))
    return original(stripped, flags, splits)


@replace(H2Stream, "send_headers")
def _send_headers(original, stream, headers, encoder, ends=False):
    headers = list(headers)
    method = stream.request_method
    if stream.config.normalize_outbound_headers:
        stripped = [h.__class__(h[0].strip(), h[1].strip()) for h in headers]
        stripped = [h for h in stripped if h[0].lower() not in CONNECTION_HEADERS]
        if is_informational_response(stripped) and not is_informational_response(headers):
            _BLANKS.count()
            headers = stripped
    is_new = stream.state_machine.state == StreamState.IDLE
    unsent = messages.unsent_after(None if is_new else stream, stream.config, headers)
    is_final = not is_new and not stream.state_machine.headers_sent
    result = original(stream, headers, encoder, ends)
    if method is not None:
        stream.request_method = method
        if method == b"HEAD":
            _METHOD.count()
    stream.unsent = unsent
    if is_final and stream.peer_method == b"CONNECT" \
            and messages.is_successful(messages.normal(stream.config, headers)):
        stream.is_tunnel = True
        if stream._expected_content_length is not None:
            _TUNNEL.count()
        stream._expected_content_length = None
    return result


@replace(H2Stream, "send_data")
def _send_data(original, stream, data, end_stream=False, pad_length=None):
    result = original(stream, data, end_stream, pad_length)
    if stream.unsent is not None:
        stream.unsent -= len(data)
    return result


@replace(H2Stream, "upgrade")
def _upgrade(original, stream, client_side):
    original(stream, client_side)
    stream.is_upgraded = True


@replace(H2Stream, "remotely_pushed")
def _remotely_pushed(original, stream, headers):
    stream.request_method = extract_method_header(headers)
    if stream.request_method == b"HEAD":
        _METHOD.count()
    return original(stream, headers)


@replace(H2Stream, "_build_headers_frames")
def _build_headers_frames(original, stream, headers, encoder, frame, flags):
    try:
        return original(stream, headers, encoder, frame, flags)
    except IndexError:
        if not flags.is_trailer:
            raise
        _EMPTY_TRAILERS.count()
        frame.data = b""
        frame.flags.add("END_HEADERS")
        return [frame]


# Received sections.

_TUNNEL = Patch(
    "content-length of an answered CONNECT",
    "RFC 9110 9.3.6: it MUST be ignored")
_MISSING = Patch(
    "content-length of a message without a body",
    "RFC 9110 8.6: of 204, 304 and responses to HEAD, with an empty DATA frame")
_INTERIM = Patch("1xx on a closed stream", "RFC 9113 5.1: STREAM_CLOSED, as any HEADERS")
_LATE = Patch(
    "a cookie before a pseudo-header field", "RFC 9113 8.3: h2 joins cookies before checking")
_PADDED = Patch(
    "a cookie with leading or trailing whitespace",
    "RFC 9113 8.2.1: h2 joins cookies before checking")


_TUNNEL_HEADERS = Patch("HEADERS in a tunnel", "RFC 9113 8.5: PROTOCOL_ERROR")
_STATUS = Patch(":status is 100 to 999, and not 101", "RFC 9110 15, RFC 9113 8.6")
_UNSAFE = Patch("a promised request is GET or HEAD without content", "RFC 9113 8.4")
_PROTOCOL = Patch(":protocol at a server that did not announce it", "RFC 8441 3")
_NO_AUTHORITY = Patch(
    "a received CONNECT without :authority",
    "RFC 9113 8.5: it is required; h2 accepts host instead")
_NO_CONTENT = Patch("DATA after 204 or 304", "RFC 9110 6.4.1: there is no content")


def _malformation(stream, headers, flags):
    """Returns the patch of the rule that a section violates, or None."""
    if flags.is_trailer:
        return None
    if flags.is_response_header:
        return None if messages.is_status(messages.first(headers, b":status")) else _STATUS
    if flags.is_push_promise:
        return None if messages.is_promisable(headers) else _UNSAFE
    if messages.is_connect_without_authority(headers):
        return _NO_AUTHORITY
    announced = stream.connection.local_settings._settings[8][-1]
    if messages.first(headers, b":protocol") is not None and announced != 1:
        return _PROTOCOL
    return None


@replace(H2Stream, "_process_received_headers")
def _process_received_headers(original, stream, headers, flags, encoding):
    headers = list(headers)
    if stream.config.normalize_inbound_headers and stream.config.validate_inbound_headers:
        names = [n for n, _ in headers]
        cookies = [v for n, v in headers if n == b"cookie"]
        is_late = cookies and any(n[:1] == b":" for n in names[names.index(b"cookie"):])
        is_padded = any(v.strip(b" \t") != v for v in cookies)
        if is_late or is_padded:
            # If h2 finds a violation itself, its own error is raised.
            original(stream, headers, flags, encoding)
            (_LATE if is_late else _PADDED).count()
            raise ProtocolError("h2 misses the violation in joined cookies")
    result = original(stream, headers, flags, encoding)
    if stream.config.validate_inbound_headers:
        patch = _malformation(stream, headers, flags)
        if patch is not None:
            patch.count()
            raise ProtocolError("h2 does not check: " + patch.name)
    return result


@replace(H2Stream, "_initialize_content_length")
def _initialize_content_length(original, stream, headers):
    original(stream, headers)
    if messages.first(headers, b":status") is None:
        return
    stream.may_lack_body = stream.is_upgraded
    if stream.request_method == b"CONNECT" and messages.is_successful(headers):
        if stream._expected_content_length is not None:
            _TUNNEL.count()
        stream._expected_content_length = None
    elif stream.request_method != b"HEAD":
        stream.lacks_body = messages.first(headers, b":status") in (b"204", b"304")


@replace(H2Stream, "_track_content_length")
def _track_content_length(original, stream, length, ends):
    if getattr(stream, "lacks_body", False):
        stream._actual_content_length += length
        if stream._actual_content_length:
            _NO_CONTENT.count()
            raise InvalidBodyLengthError(0, stream._actual_content_length)
        if ends and stream._expected_content_length:
            _MISSING.count()
        return None
    if ends and length == stream._actual_content_length == 0 \
            and getattr(stream, "may_lack_body", False):
        if stream._expected_content_length:
            _MISSING.count()
        return None
    return original(stream, length, ends)


@replace(H2Stream, "receive_headers")
def _receive_headers(original, stream, headers, ends, encoding):
    headers = list(headers)
    state = stream.state_machine.state
    if state in (StreamState.CLOSED, StreamState.HALF_CLOSED_REMOTE) \
            and is_informational_response(headers):
        _INTERIM.count()
        stream.state_machine.process_input(StreamInputs.RECV_HEADERS)
    if stream.is_tunnel and state in (StreamState.OPEN, StreamState.HALF_CLOSED_LOCAL):
        _TUNNEL_HEADERS.count()
        raise ProtocolError("HEADERS in a tunnel")
    if state == StreamState.IDLE:
        stream.peer_method = extract_method_header(headers)
    result = original(stream, headers, ends, encoding)
    if isinstance(result[1][0], ResponseReceived) and stream.request_method == b"CONNECT" \
            and messages.is_successful(headers):
        stream.is_tunnel = True
        stream.unsent = None
    return result
