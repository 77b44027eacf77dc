# SPDX-License-Identifier: MIT
"""The workloads, the bytes they send, and what must arrive."""

import dataclasses
import functools
import zlib

# Body bytes per operation of W3, W6 and W7.
UNIT = 16384
_BLOCK = 65536
_SMALL_BODY = 1024
# The long bodies: their direction and their maximum units, 1 GiB or 64 MiB.
_LONG = {
    "W3": ("responses", 65536), "W6": ("requests", 4096), "W7": ("responses", 65536)}
_PATHS = 1024
_VARIED_SECTIONS = 64

REQUEST = [
    (":method", "GET"),
    (":scheme", "https"),
    (":authority", "www.example.com"),
    (":path", "/catalogue/items/{:04}/details?view=full"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                   "Chrome/131.0.0.0 Safari/537.36"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-GB,en;q=0.7,de;q=0.3"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("referer", "https://www.example.com/catalogue/items"),
    # Last, because h2 and H2 move cookies to the end.
    ("cookie", "session=5f2b8c1e9a7d4036b1c8e2f09d7a6b53; theme=dark"),
]

RESPONSE = [
    (":status", "200"),
    ("content-type", "application/json; charset=utf-8"),
    ("content-length", str(_SMALL_BODY)),
    ("date", "Sun, 22 Nov 2026 12:00:00 GMT"),
    ("server", "example/2.1"),
    ("cache-control", "private, max-age=60"),
    ("etag", '"9a7d4036b1c8e2f0"'),
    ("last-modified", "Sat, 21 Nov 2026 08:30:00 GMT"),
]

# 36 and 39 names, some from HPACK's static table. Each value differs between sections.
_VARIED_REQUEST_NAMES = """
accept accept-charset accept-encoding accept-language authorization cache-control from
if-match if-modified-since if-none-match if-range if-unmodified-since max-forwards range referer
user-agent traceparent tracestate baggage x-request-id x-correlation-id x-forwarded-for
x-forwarded-host x-forwarded-port x-real-ip x-tenant x-client-version x-client-build x-device-id
x-device-model x-session-start x-feature-flags x-experiment x-region x-signature cookie
""".split()
_VARIED_RESPONSE_NAMES = """
accept-ranges age allow cache-control content-disposition content-encoding content-language
content-location content-range content-type date etag expires last-modified link location
retry-after server set-cookie strict-transport-security vary via traceparent x-request-id
x-correlation-id x-served-by x-cache x-cache-hits x-timer x-backend x-region x-ratelimit-limit
x-ratelimit-remaining x-ratelimit-reset x-frame-options x-content-type-options x-build
x-experiment x-signature
""".split()
# The fields that an application looks up in each request, and in each response.
_LOOKUPS = {
    "requests": (":method", ":path", ":authority", "accept-encoding"),
    "responses": (":status", "content-type", "content-length"),
}
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz-/=;"


@dataclasses.dataclass(frozen=True)
class Workload:
    """A task for each peer, and its numbers of operations."""

    name: str
    title: str
    # The name of one operation, as in "per request".
    unit: str
    # Operations in a timed run of raw C; slower peers perform fewer.
    operations: int
    # Two numbers of operations: the cost is the difference between the two runs.
    counted: tuple[int, int]
    # Operations in the run that checks every byte.
    checked: int = 200
    is_memory: bool = False


_ALL = [
    Workload("W1", "Requests one after another", "request", 100_000, (200, 1200)),
    Workload("W2", "100 requests at a time", "request", 100_000, (200, 1200)),
    Workload("W3", "Response of 1 GiB", "16 KiB", 4 * 65_536, (400, 2000), 5000),
    Workload("W4", "40 varied fields each way", "request", 15_000, (100, 400)),
    Workload("W5", "Connection, request, end", "connection", 30_000, (50, 250)),
    Workload("W6", "Upload of 64 MiB", "16 KiB", 64 * 4_096, (400, 2000), 5000),
    Workload("M1", "Idle connections", "pair", 2_000, (), 50, True),
    Workload("M2", "Open idle streams", "stream", 10_000, (), 50, True),
]
WORKLOADS = {workload.name: workload for workload in _ALL}
# W3 with enqueueData and automatic flow control, which the peers do not have.
QUEUED = Workload("W7", "W3, queued", "16 KiB", 4 * 65_536, (400, 2000), 5000)
# The messages of W1 over a socket pair.
IN_FLIGHT = Workload("W8", "32 requests in flight", "request", 100_000, (200, 1200))


class _Letters:
    """Deterministic text that looks random."""

    def __init__(self):
        self._state = 1

    def number(self, limit):
        self._state = (self._state * 1664525 + 1013904223) % (1 << 32)
        return (self._state >> 16) % limit

    def text(self, length):
        return "".join(_LETTERS[self.number(36)] for _ in range(length))


def _varied(letters, first, names):
    # A third of the values each are short, medium and long.
    lengths = [4 + letters.number(8), 12 + letters.number(20), 32 + letters.number(30)]
    return first + [
        (name, letters.text(20 if name == "cookie" else lengths[i % 3]))
        for i, name in enumerate(names)
    ]


def sections(workload):
    """Returns the sections of requests and of responses, which peers use cyclically."""
    if workload == "W4":
        letters = _Letters()
        requests, responses = [], []
        for number in range(_VARIED_SECTIONS):
            requests.append(
                _varied(
                    letters,
                    REQUEST[:3] + [(":path", f"/search/{number:04}")],
                    _VARIED_REQUEST_NAMES))
            responses.append(_varied(letters, [(":status", "200")], _VARIED_RESPONSE_NAMES))
        return requests, responses
    request, response, paths = REQUEST, RESPONSE, _PATHS
    if workload == "W6":
        request, paths = [(":method", "POST")] + REQUEST[1:], 1
    if workload in ("W3", "W6", "W7"):
        paths = 1
        response = [field for field in RESPONSE if field[0] != "content-length"]
    return [
        [(name, value.format(number) if name == ":path" else value) for name, value in request]
        for number in range(paths)
    ], [response]


def write_fields(workload, path):
    """Writes the sections in the format that all peers read."""
    requests, responses = sections(workload)
    with open(path, "w", encoding="ascii") as file:
        for kind, many in (("request", requests), ("response", responses)):
            for section in many:
                file.write(kind + "\n")
                file.writelines(f"{name}\t{value}\n" for name, value in section)


def block():
    """Returns the bytes that bodies repeat."""
    state, result = 1, bytearray()
    for _ in range(_BLOCK):
        state = (state * 1664525 + 1013904223) % (1 << 32)
        result.append(state >> 24)
    return bytes(result)


def _body_lengths(workload, operations, direction):
    """Returns the length of each body in one direction, in bytes."""
    long_direction, most = _LONG.get(workload, (None, 0))
    if long_direction is None:
        small = 0 if direction == "requests" or workload == "W4" else _SMALL_BODY
        return [small] * operations
    units = [most] * (operations // most)
    if operations % most:
        units.append(operations % most)
    return [count * UNIT if direction == long_direction else 0 for count in units]


def _body_sum(data, length, is_full):
    if not is_full:
        return length // _BLOCK * sum(data[::64]) + sum(data[: length % _BLOCK : 64])
    value = 1
    for start in range(0, length, _BLOCK):
        value = zlib.adler32(data[: min(_BLOCK, length - start)], value)
    return value


def _field_sum(section):
    value = 1
    for pair in section:
        for text in pair:
            value = zlib.adler32(text.encode() + b"\0", value)
    return value


def _found(section, direction):
    """Returns the total length of the values that an application finds in a section."""
    fields = dict(section)
    return sum(len(fields.get(name, "")) for name in _LOOKUPS[direction])


def _tally(workload, operations, direction, is_full, shape):
    if workload == "M1":
        lengths = []
    elif workload == "M2":
        lengths = [0] * (operations + 1) if direction == "requests" else []
    else:
        lengths = _body_lengths(workload, operations, direction)
    many = sections(workload)[direction == "responses"]
    sent = [many[i % len(many)] for i in range(len(lengths))]
    data = block()
    sums = {length: _body_sum(data, length, is_full) for length in set(lengths)}
    return {
        "messages": len(lengths),
        "fields": sum(len(section) for section in sent),
        "fieldSum": sum(_field_sum(section) for section in sent) if is_full else 0,
        "bytes": sum(lengths),
        "sum": sum(sums[length] for length in lengths),
        "found": (
            sum(_found(section, direction) for section in sent) if shape == "application" else 0),
    }


@functools.cache
def expected(workload, operations, is_full, shape):
    """Returns what both sides must have received."""
    return {
        direction: _tally(workload, operations, direction, is_full, shape)
        for direction in ("requests", "responses")
    }
