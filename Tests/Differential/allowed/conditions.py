# SPDX-License-Identifier: MIT
"""Conditions on a turn and its reports that several allowed differences share."""


def last_frame(turn, kind=None, state=None):
    """Whether the last frame that h2 processed has this kind, and its stream had this state."""
    if not turn.receives or not turn.trace:
        return False
    frame, stream_state, _ = turn.trace[-1]
    return (kind is None or type(frame).__name__ == kind + "Frame") \
        and (state is None or state in stream_state)


def both_ended(turn, ours):
    """Whether a remote error ended both connections in this step."""
    return turn.failure is not None and turn.failure.origin == "remote" \
        and ",remote" in ours["error"]


def windows(text):
    """Returns the windows in a field, keyed by stream."""
    return dict(part.split("=") for part in text.split(";") if part)


def is_unchanged(field, ours, before):
    """Whether a field of H2 is unchanged; for windows, those reported before are compared."""
    if field != "stream windows":
        return ours[field] == before[field]
    known = windows(before[field])
    return all(known.get(key, value) == value for key, value in windows(ours[field]).items())
