# SPDX-License-Identifier: MIT
"""A well-behaved and a hostile HTTP/2 client that use no HTTP/2 library."""

import selectors
import socket
import time

DATA, HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW_SIZE, DEFAULT_WINDOW, WIDEST_WINDOW = 4, 65_535, (1 << 31) - 1
# HPACK: a method with ":scheme: http", and ":authority: h".
GET, POST, AUTHORITY = b"\x82\x86", b"\x83\x86", b"\x01\x01h"
STATUS_200 = 0x88


def frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def window_update(stream, count):
    return frame(WINDOW_UPDATE, 0, stream, count.to_bytes(4, "big"))


def initial_window(size):
    return frame(SETTINGS, 0, 0, INITIAL_WINDOW_SIZE.to_bytes(2, "big") + size.to_bytes(4, "big"))


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS)
NO_WINDOW = initial_window(0)
WIDE_WINDOW = initial_window(WIDEST_WINDOW) + window_update(0, WIDEST_WINDOW - DEFAULT_WINDOW)


def path_field(first, path):
    """Encodes :path as an HPACK literal that starts with the byte `first | 4`, without Huffman coding."""
    length = len(path)
    prefix = [length] if length < 127 else [127, (length - 127) & 127 | 128, (length - 127) >> 7]
    return bytes([first | 4, *prefix]) + path.encode()


class GoodClient:
    def __init__(self, address, timeout):
        self.socket = socket.create_connection(address, timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb")
        self.stream, self.unsent = 1, PREFACE + window_update(0, 1 << 30)

    def close(self):
        self.input.close()
        self.socket.close()

    def get(self, path, length):
        """Gets a file, and fails unless the status is 200 and the body has `length` bytes."""
        block = GET + path_field(0, path) + AUTHORITY
        self.socket.sendall(self.unsent + frame(HEADERS, END_STREAM | END_HEADERS, self.stream, block))
        self.unsent, status, received, is_ended = b"", None, 0, False
        while not is_ended:
            if len(header := self.input.read(9)) < 9:
                raise ConnectionError("the server closed the connection")
            kind, flags, stream = header[3], header[4], int.from_bytes(header[5:], "big")
            payload = self.input.read(int.from_bytes(header[:3], "big"))
            if kind in (SETTINGS, PING) and not flags & ACK:
                self.socket.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))
            elif kind == GOAWAY:
                raise ConnectionError("the server sent GOAWAY")
            elif stream == self.stream and kind != WINDOW_UPDATE:
                status = payload[0] if kind == HEADERS else status
                received += len(payload) if kind == DATA else 0
                is_ended = flags & END_STREAM or kind not in (HEADERS, DATA)
        if status != STATUS_200 or received != length:
            raise ConnectionError(f"the field block starts with {status}, not {STATUS_200}, or the body has "
                                  f"{received} bytes, not {length}")
        self.stream += 2


class HostileClient:
    """Reads the server's first frames, and nothing afterward."""

    def __init__(self, address):
        self.socket = socket.socket()
        # The kernel buffers little of what the client does not read, as for a distant client.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.socket.connect_ex(address)
        self.received, self.unsent, self.sent = bytearray(), bytearray(PREFACE), 0
        self.is_open, self.is_broken, self.next_stream, self.last_path = False, False, 1, None
        # The flow-control windows of the server.
        self.window, self.stream_window = DEFAULT_WINDOW, DEFAULT_WINDOW

    def step(self):
        """Continues opening and writing. Returns the selector event to wait for, or 0 for none."""
        try:
            if not self.unsent and not self.is_open:
                self.read()
            while self.unsent:
                count = self.socket.send(self.unsent)
                self.sent += count
                del self.unsent[:count]
        except BlockingIOError:
            return selectors.EVENT_WRITE
        except OSError:
            self.is_broken, self.unsent = True, b""
        return 0 if self.is_open or self.is_broken else selectors.EVENT_READ

    def read(self):
        """Reads frames up to SETTINGS, for the server's windows."""
        if not (piece := self.socket.recv(4096)):
            raise ConnectionError
        self.received += piece
        while len(self.received) >= 9:
            end, kind = 9 + int.from_bytes(self.received[:3], "big"), self.received[3]
            if len(self.received) < end:
                break
            payload = bytes(self.received[9:end])
            del self.received[:end]
            if kind == WINDOW_UPDATE:
                self.window += int.from_bytes(payload, "big")
            self.is_open |= kind == SETTINGS
            for at in range(0, len(payload) if kind == SETTINGS else 0, 6):
                if payload[at + 1] == INITIAL_WINDOW_SIZE:
                    self.stream_window = int.from_bytes(payload[at + 2:at + 6], "big")

    def request(self, path, start=GET, flags=END_STREAM):
        # A repeated path is encoded in one byte: it is the newest entry of the dynamic table.
        field = b"\xbe" if path == self.last_path else path_field(0x40, path)
        self.last_path = path
        self.next_stream += 2
        return frame(HEADERS, flags | END_HEADERS, self.next_stream - 2, start + field + AUTHORITY)

    def post(self, size):
        """Returns an unfinished POST of up to `size` bytes, as the server's windows allow."""
        size = min(size, self.window, self.stream_window)
        self.window -= size
        pieces = [self.request("/echo", POST, 0)]
        for at in range(0, size, 16_384):
            pieces.append(frame(DATA, 0, self.next_stream - 2, bytes(min(size - at, 16_384))))
        return b"".join(pieces)


def push(clients, seconds):
    """Lets hostile clients open and write until all are done or `seconds` have passed."""
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_WRITE, client)
        while selector.get_map() and time.monotonic() < end:
            for key, _ in selector.select(max(end - time.monotonic(), 0)):
                selector.unregister(key.fileobj)
                if wanted := key.data.step():
                    selector.register(key.fileobj, wanted, key.data)
