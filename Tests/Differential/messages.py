# SPDX-License-Identifier: MIT
"""Rules for messages, and facts about sent messages that h2 does not record.

These are the required length of a body, and which response answers a CONNECT. They are stored as
attributes of h2's streams."""

import re

from h2.stream import H2Stream

# Initial values of the attributes added to H2Stream. `peer_method` is, at a server, the method of
# the request. `unsent` is the number of body bytes still to be sent, or None for any number.
H2Stream.peer_method = None
H2Stream.is_upgraded = False
H2Stream.is_tunnel = False
H2Stream.unsent = None
H2Stream.connection = None


def first(headers, name):
    """Returns the value of the first field with a name, or None."""
    return next((field[1] for field in headers if field[0] == name), None)


def is_status(value):
    """Whether a value is a valid HTTP/2 status."""
    return re.fullmatch(rb"[1-9][0-9][0-9]", value) is not None and value != b"101"


def is_informational(headers):
    """Whether :status is 1xx and precedes all regular fields."""
    for name, value in headers:
        if not name.startswith(b":"):
            return False
        if name == b":status":
            return re.fullmatch(rb"1[0-9][0-9]", value) is not None
    return False


def is_successful(headers):
    return re.fullmatch(rb"2[0-9][0-9]", first(headers, b":status") or b"") is not None


def normal(config, headers):
    """Returns fields as they are sent, each as (name, value)."""
    fields = [(field[0], field[1]) for field in headers]
    if config.normalize_outbound_headers:
        fields = [(name.lower().strip(), value.strip()) for name, value in fields]
    return fields


def content_length(config, headers):
    """Returns the body length that a section announces, or None."""
    value = first(headers, b"content-length")
    if not config.validate_outbound_headers or value is None:
        return None
    return int(value) if re.fullmatch(rb"[0-9]+", value) else None


def is_connect_without_authority(headers):
    return first(headers, b":method") == b"CONNECT" and first(headers, b":protocol") is None \
        and first(headers, b":authority") is None


def is_promisable(headers):
    """Whether a request may be promised."""
    return first(headers, b":method") in (b"GET", b"HEAD") and all(
        re.fullmatch(rb"0+", value) for name, value in headers if name == b"content-length")


def unsent_after(stream, config, headers):
    """Returns the number of body bytes that must follow a section; a new stream is None."""
    headers = normal(config, headers)
    if stream is None or stream.state_machine.client:
        if stream is not None:
            return stream.unsent
        return content_length(config, headers)
    if stream.state_machine.headers_sent or is_informational(headers):
        return stream.unsent
    if stream.peer_method == b"CONNECT" and is_successful(headers):
        return None
    if stream.peer_method == b"HEAD" or first(headers, b":status") in (b"204", b"205", b"304"):
        return 0 if config.validate_outbound_headers else None
    # The request of an upgrade may have been HEAD.
    return None if stream.is_upgraded else content_length(config, headers)


def is_wrong_length(stream, length, ends):
    """Whether part of a body exceeds the required length, or ends the body too early."""
    return stream.unsent is not None and (
        length > stream.unsent or ends and length != stream.unsent)
