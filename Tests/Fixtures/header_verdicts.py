# SPDX-License-Identifier: MIT
"""Writes header-verdicts.txt: how h2 4.4.1 handles 4,096 random field sections.

Run it with a Python that has h2 4.4.1: python3 header_verdicts.py >header-verdicts.txt

A generator, which HeaderVerdict.swift also implements, derives each section from its number. A
connection of h2 receives or sends the section, and the result becomes four digits: 0000 if h2
refused the section, otherwise a hash of the fields passed to its caller or its encoder. (Python's
hpack encoder ignores "never indexed" if the static table contains the field.)

One rule of h2 is changed: sent fields must have the characters that h2 requires of received fields,
because h2 does not validate the characters of sent fields.
"""
import h2.config
import h2.connection
import h2.exceptions
import h2.stream
import h2.utilities
import hpack

CASES = 4096

REQUESTS = [
    [(":method", "GET"), (":scheme", "https"), (":authority", "example.com"), (":path", "/")],
    [(":method", "POST"), (":scheme", "https"), (":authority", "example.com"), (":path", "/"),
     ("content-length", "5"), ("cookie", "a=b"), ("cookie", "c=d")],
    [(":method", "CONNECT"), (":authority", "example.com")],
    [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/"),
     (":authority", "example.com")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "example.com")],
    [(":method", "HEAD"), (":scheme", "https"), (":authority", "example.com"), (":path", "/"),
     ("authorization", "Basic x"), ("user-agent", "a-name-that-takes-more-than-sixteen-bytes")],
]
RESPONSES = [
    [(":status", "200"), ("server", "sample")],
    [(":status", "103"), ("link", "</style.css>; rel=preload")],
    [(":status", "204"), ("x-a-name-of-thirty-two-characters", "a value that has 32 characters..")],
    [(":status", "200"), ("set-cookie", "a=b"), ("content-length", "0")],
]
TRAILERS = [
    [("checksum", "0")],
    [("grpc-status", "0"), ("grpc-message", "all is well"), ("cookie", "a=b")],
]
FIELDS = [
    ("te", "trailers"), ("te", "gzip"), ("te", "Trailers"), ("TE", "trailers"),
    ("connection", "close"), ("Connection", "close"), ("keep-alive", "1"),
    ("proxy-connection", "x"), ("transfer-encoding", "chunked"), ("upgrade", "h2c"),
    ("host", "example.com"), ("host", "other.example"), ("HOST", "example.com"),
    ("cookie", "a=b"), ("cookie", "a=b; c=d"), ("cookie", "a=b;c=d; "), ("cookie", ""),
    ("cookie", "at-least-twenty-bytes=1"), ("Cookie", "a=b; c=d; e=f"),
    ("authorization", "Basic x"), ("Authorization", "Basic x"), ("proxy-authorization", "Basic y"),
    ("content-length", "5"), ("content-length", "6"), ("content-length", "05"),
    ("content-length", "+5"), ("content-length", "abc"),
    (":path", "/"), (":path", ""), (":path", "*"), (":Path", "/"), (":method", "GET"),
    (":method", "CONNECT"), (":scheme", "https"), (":authority", "example.com"),
    (":authority", ""), (":status", "200"), (":status", ""), (":protocol", "websocket"),
    (":custom", "x"), (":", "x"), ("", "x"), ("x-upper-Case", "x"), ("x-a", "a"),
    ("x-b", " b\t"), ("x-c", "\n"), (" te", "gzip"), ("x-d ", "d"), ("x-e:", "e"),
]
BYTES = [0x00, 0x09, 0x0a, 0x0d, 0x1f, 0x20, 0x21, 0x3a, 0x40, 0x41, 0x5a, 0x5b, 0x61, 0x7e, 0x7f,
         0x80, 0xff]


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def remainder(self, limit):
        mask = 0xFFFF_FFFF_FFFF_FFFF
        self.state = (self.state + 0x9E37_79B9_7F4A_7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB) & mask
        return (z ^ (z >> 31)) % limit


class Encoder(hpack.Encoder):
    """Records the fields of the last call."""

    def encode(self, headers, huffman=True):
        self.headers = list(headers)
        return super().encode(self.headers, huffman)


class Section:
    """A field section, its direction, and the switches of the connection."""

    def __init__(self, number):
        random = SplitMix(number)
        self.kind = ["request", "response", "trailers", "promise"][random.remainder(4)]
        self.is_sent = random.remainder(2) == 1
        self.validates = random.remainder(4) != 0
        self.normalizes = random.remainder(4) != 0
        self.splits = random.remainder(2) == 1
        templates = {"response": RESPONSES, "trailers": TRAILERS}.get(self.kind, REQUESTS)
        template = templates[random.remainder(len(templates))]
        self.fields = [[name.encode(), value.encode(), False] for name, value in template]
        for _ in range(random.remainder(4)):
            self.mutate(random)

    def mutate(self, random):
        fields = self.fields
        action = random.remainder(8)
        one = random.remainder(len(fields))
        other = random.remainder(len(fields))
        if action == 0:
            if len(fields) > 1:
                del fields[one]
        elif action == 1:
            fields.insert(other, list(fields[one]))
        elif action == 2:
            fields[one], fields[other] = fields[other], fields[one]
        elif action in (3, 4):
            name, value = FIELDS[random.remainder(len(FIELDS))]
            fields.insert(one + random.remainder(2), [name.encode(), value.encode(), False])
        elif action in (5, 6):
            text = bytearray(fields[one][action - 5])
            place = random.remainder(len(text) + 1)
            byte = BYTES[random.remainder(len(BYTES))] if random.remainder(2) else random.remainder(256)
            text[place:place + 1] = bytes([byte])
            fields[one][action - 5] = bytes(text)
        else:
            fields[one][2] = not fields[one][2]


def block(fields):
    """Encodes literals without indexing or never indexed, with names and values unchanged."""
    output = bytearray()
    for name, value, is_never in fields:
        output.append(0x10 if is_never else 0x00)
        for text in (name, value):
            assert len(text) < 127
            output.append(len(text))
            output += text
    return bytes(output)


def frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") \
        + payload


def digits(fields, with_indexing):
    state = 0x811C_9DC5
    for field in fields:
        name, value = field[0], field[1]
        is_never = with_indexing and isinstance(field, hpack.NeverIndexedHeaderTuple)
        for byte in bytes([is_never, len(name)]) + name + bytes([len(value)]) + value:
            state = ((state ^ byte) * 16_777_619) & 0xFFFF_FFFF
    return f"{((state >> 16) ^ (state & 0xffff)) or 1:04x}"


def connection(client_side, section):
    config = h2.config.H2Configuration(
        client_side=client_side, header_encoding=None,
        validate_outbound_headers=section.validates, validate_inbound_headers=section.validates,
        normalize_outbound_headers=section.normalizes,
        normalize_inbound_headers=section.normalizes, split_outbound_cookies=section.splits)
    result = h2.connection.H2Connection(config)
    result.initiate_connection()
    preface = b"" if client_side else b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    result.receive_data(preface + frame(4, 0, 0, b"") + frame(4, 1, 0, b""))
    return result


REQUEST = [[b":method", b"POST", False], [b":scheme", b"https", False],
           [b":authority", b"example.com", False], [b":path", b"/", False]]


def received(section):
    is_client = section.kind in ("response", "promise")
    c = connection(is_client, section)
    if is_client:
        c.send_headers(1, [(name, value) for name, value, _ in REQUEST])
    elif section.kind == "trailers":
        c.receive_data(frame(1, 4, 1, block(REQUEST)))
    if section.kind == "promise":
        bytes_ = frame(5, 4, 1, (2).to_bytes(4, "big") + block(section.fields))
    else:
        flags = 5 if section.kind == "trailers" else 4
        bytes_ = frame(1, flags, 1, block(section.fields))
    return digits(c.receive_data(bytes_)[0].headers, True)


def sent(section):
    is_client = section.kind in ("request", "trailers")
    c = connection(is_client, section)
    if not is_client:
        c.receive_data(frame(1, 4, 1, block(REQUEST)))
    elif section.kind == "trailers":
        c.send_headers(1, [(name, value) for name, value, _ in REQUEST])
    c.encoder = Encoder()
    headers = [
        (hpack.NeverIndexedHeaderTuple if is_never else hpack.HeaderTuple)(name, value)
        for name, value, is_never in section.fields
    ]
    if section.kind == "promise":
        c.push_stream(1, 2, headers)
    else:
        c.send_headers(1, headers, end_stream=section.kind == "trailers")
    return digits(c.encoder.headers, section.normalizes)


def verdict(number):
    section = Section(number)
    try:
        return (sent if section.is_sent else received)(section)
    except h2.exceptions.ProtocolError:
        return "0000"


def validate_outbound(headers, flags):
    headers = h2.utilities._reject_illegal_characters(headers, flags)
    headers = h2.utilities._reject_empty_header_names(headers, flags)
    return h2.utilities.validate_outbound_headers(headers, flags)


if __name__ == "__main__":
    h2.stream.validate_outbound_headers = validate_outbound
    for start in range(0, CASES, 16):
        print(" ".join(verdict(number) for number in range(start, start + 16)))
