# SPDX-License-Identifier: MIT
"""Steps: calls and received bytes. Each is a tuple: the verb, then its arguments."""

import re

_RUN = re.compile(rb"(.)\1{31,}", re.DOTALL)


def data_text(data):
    """Formats bytes for h2steps: hexadecimal, with long runs shortened."""
    if not data:
        return "-"
    if len(data) < 64:
        return data.hex()
    parts, position = [], 0
    for match in _RUN.finditer(data):
        if match.start() > position:
            parts.append(data[position:match.start()].hex())
        parts.append("*%d:%02x" % (match.end() - match.start(), data[match.start()]))
        position = match.end()
    if position < len(data):
        parts.append(data[position:].hex())
    return "+".join(parts)


def headers_text(headers):
    """Formats fields, given as (name, value, never indexed) in bytes."""
    return ";".join(
        n.hex() + "=" + v.hex() + ("!" if never else "") for n, v, never in headers) or "-"


def priority_text(priority):
    return "-" if priority is None else "%d,%d,%d" % priority


def settings_text(settings):
    return ",".join("%d:%d" % pair for pair in settings) or "-"


def number_text(number):
    return "-" if number is None else str(number)


def header_text(text):
    """Formats a value of HTTP2-Settings; None and empty values differ."""
    return "-" if text is None else text.hex() or "+"


# The formats of each verb's arguments. The comments name methods of h2.
VERBS = {
    # Initiates and receives the first bytes: "init", "upc" or "ups", its argument, the bytes.
    "open": (str, header_text, data_text),
    "init": (),  # initiate_connection
    "upc": (),  # initiate_upgrade_connection of a client
    "ups": (header_text,),  # initiate_upgrade_connection of a server
    "recv": (data_text,),  # receive_data
    "hdr": (str, number_text, priority_text, headers_text),  # send_headers
    "dat": (str, data_text, number_text, number_text),  # send_data
    "enq": (str, data_text, number_text),  # send_data, in frames of at most 16 KiB
    "end": (str,),  # end_stream
    "rst": (str, str),  # reset_stream
    "push": (str, str, headers_text),  # push_stream
    "ping": (data_text,),
    "close": (str, data_text, number_text),  # close_connection
    "set": (settings_text,),  # update_settings
    "alto": (data_text, data_text),  # advertise_alternative_service for an origin
    "alts": (data_text, str),  # advertise_alternative_service for a stream
    "prio": (str, priority_text),  # prioritize
    "ack": (str, str),  # acknowledge_received_data
    "inc": (str, str),  # increment_flow_control_window
    "next": (),  # get_next_available_stream_id
    "take": (str,),  # data_to_send
    "clear": (),  # clear_outbound_data_buffer
    "nothing": (),
    # Makes h2 forget closed streams, as reading `open_inbound_streams` does; does nothing in H2.
    "prune": (),
}


def line(step):
    verb = step[0]
    words = ["nothing" if verb == "prune" else verb]
    words += [write(value) for write, value in zip(VERBS[verb], step[1:])]
    return " ".join(words)


class Setup:
    """The configuration of the connection under test."""

    SWITCHES = (
        "validate_outbound_headers", "normalize_outbound_headers", "split_outbound_cookies",
        "validate_inbound_headers", "normalize_inbound_headers")

    def __init__(self, role, switches=(True, True, False, True, True), settings=()):
        self.role = role
        self.switches = tuple(switches)
        self.settings = tuple(settings)

    def line(self):
        return "connection %s %s %s" % (
            self.role, "".join("01"[s] for s in self.switches), settings_text(self.settings))
