# SPDX-License-Identifier: MIT
"""Patches of h2's parsing of frames and of its windows."""

from h2.frame_buffer import FrameBuffer
from h2.windows import WindowManager
from hyperframe.exceptions import InvalidPaddingError
from hyperframe.frame import GoAwayFrame, HeadersFrame, PushPromiseFrame, WindowUpdateFrame
import h2.frame_buffer

from allowed.patch import Patch, replace

# Frames.

_INCREMENT = Patch("the reserved bit of WINDOW_UPDATE", "RFC 9113 6.9: ignored")
_PROMISED = Patch("the reserved bit of PUSH_PROMISE", "RFC 9113 6.6: ignored")
_LAST = Patch("the reserved bit of GOAWAY", "RFC 9113 6.8: ignored")
_FULL = Patch(
    "padding may fill a frame", "RFC 9113 6.2, 6.6: it must not exceed the rest of the payload")
_OVER = Patch(
    "padding that exceeds the rest of the payload",
    "RFC 9113 6.2, 6.6: PROTOCOL_ERROR; hyperframe counts other bytes")


_CONTINUATIONS = Patch(
    "more than 63 CONTINUATION frames", "decision: H2Limits.continuationFrames limits them")
h2.frame_buffer.CONTINUATION_BACKLOG = 1 << 20


@replace(FrameBuffer, "_update_header_buffer")
def _update_header_buffer(original, buffer, frame):
    if len(buffer._headers_buffer) >= 64:
        _CONTINUATIONS.count()
    return original(buffer, frame)


def _without_bit(data, index, patch):
    data = bytearray(data)
    if len(data) > index and data[index] & 0x80:
        patch.count()
        data[index] &= 0x7f
    return memoryview(bytes(data))


@replace(WindowUpdateFrame, "parse_body")
def _parse_window_update(original, frame, data):
    original(frame, _without_bit(data, 0, _INCREMENT) if len(data) == 4 else data)


@replace(GoAwayFrame, "parse_body")
def _parse_goaway(original, frame, data):
    original(frame, _without_bit(data, 0, _LAST) if len(data) >= 8 else data)


@replace(PushPromiseFrame, "parse_body")
def _parse_promise(original, frame, data):
    padding = int("PADDED" in frame.flags)
    data = _without_bit(data, padding, _PROMISED) if len(data) >= padding + 4 else data
    _check_padding(lambda: original(frame, data), frame, len(data) - padding - 4)


@replace(HeadersFrame, "parse_body")
def _parse_headers(original, frame, data):
    fixed = int("PADDED" in frame.flags) + 5 * ("PRIORITY" in frame.flags)
    _check_padding(lambda: original(frame, data), frame, len(data) - fixed)


def _check_padding(parse, frame, left):
    """`left` is the maximum length of the padding."""
    try:
        parse()
    except InvalidPaddingError:
        if frame.pad_length > left:
            raise
        _FULL.count()
    else:
        if frame.pad_length > max(left, 0):
            _OVER.count()
            raise InvalidPaddingError


# Windows.

_EMPTY = Patch("empty DATA at a negative window", "RFC 9113 6.9.1: it needs no window")
_HELD = Patch(
    "acknowledging more than was received", "decision: only received bytes are credited")


@replace(WindowManager, "window_consumed")
def _window_consumed(original, manager, size):
    manager.held = getattr(manager, "held", 0) + size
    if size == 0 and manager.current_window_size < 0:
        return _EMPTY.count()
    return original(manager, size)


@replace(WindowManager, "process_bytes")
def _process_bytes(original, manager, size):
    held = getattr(manager, "held", 0)
    if size > held:
        _HELD.count()
    size = min(size, held)
    manager.held = held - size
    return original(manager, size)
