# SPDX-License-Identifier: MIT
"""Fetches a file over HTTP/2 and plain TCP through ctypes and writes it to standard output.

    python3 client.py libch2.so HOST PORT PATH
"""

import ctypes
import socket
import sys
import time
from ctypes import (
    c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p)

H2_CLIENT = 1
H2_END_STREAM = 1
H2_HIGHEST_STREAM_ID = 0xFFFFFFFF
RESPONSE_RECEIVED, DATA_RECEIVED, STREAM_ENDED, STREAM_RESET = 2, 5, 6, 7


class Header(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.POINTER(c_char)), ("name_length", c_size_t),
        ("value", ctypes.POINTER(c_char)), ("value_length", c_size_t),
        ("flags", c_uint32), ("reserved", c_uint32)]


class Headers(ctypes.Structure):
    _fields_ = [
        ("headers", ctypes.POINTER(Header)), ("header_count", c_size_t),
        ("pushed_stream_id", c_uint32), ("ends_stream", c_uint8), ("has_priority", c_uint8),
        ("reserved", c_uint8 * 2), ("priority", c_uint8 * 8)]


class Data(ctypes.Structure):
    _fields_ = [
        ("bytes", c_void_p), ("count", c_size_t), ("flow_controlled_length", c_size_t),
        ("ends_stream", c_uint8), ("reserved", c_uint8 * 7)]


class Payload(ctypes.Union):
    _fields_ = [("headers", Headers), ("data", Data), ("reserved", ctypes.c_uint64 * 15)]


class Event(ctypes.Structure):
    _anonymous_ = ("payload",)
    _fields_ = [("type", c_int32), ("stream_id", c_uint32), ("payload", Payload)]


class Config(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t), ("role", c_int32), ("go_away", c_int32),
        ("malformed_messages", c_int32), ("switches", c_uint8 * 8),
        ("initial_settings", c_void_p), ("initial_setting_count", c_size_t),
        ("limits", c_void_p)]


class Error(ctypes.Structure):
    _fields_ = [
        ("result", c_int32), ("origin", c_int32), ("error_code", c_uint32),
        ("stream_id", c_uint32), ("limit", c_int32), ("has_expected", c_uint8),
        ("has_actual", c_uint8), ("reserved", c_uint8 * 2), ("expected", c_int64),
        ("actual", c_int64), ("message", c_char_p)]


class Connection:
    """A client connection. Its methods are the functions of h2.h without their prefix."""

    def __init__(self, path):
        self._library = ctypes.CDLL(path)
        self._library.h2_version.restype = c_char_p
        self._library.h2_last_error.restype = ctypes.POINTER(Error)
        self._raw = c_void_p()
        config = Config()
        size = c_size_t(ctypes.sizeof(config))
        self._check(self._library.h2_config_init(ctypes.byref(config), size, H2_CLIENT))
        self._check(
            self._library.h2_connection_new(ctypes.byref(config), ctypes.byref(self._raw)))

    def __getattr__(self, name):
        function = getattr(self._library, f"h2_connection_{name}")
        return lambda *arguments: self._check(function(self._raw, *arguments))

    def version(self):
        return self._library.h2_version().decode()

    def free(self):
        self._library.h2_connection_free(self._raw)

    def _check(self, result):
        if result < 0:
            error = self._library.h2_last_error(self._raw)
            raise RuntimeError(error.contents.message.decode() if error else f"result {result}")
        return result

    def output(self):
        """Removes and returns all queued output."""
        start, count = c_void_p(), c_size_t()
        self.data_to_send(ctypes.byref(start), ctypes.byref(count))
        output = ctypes.string_at(start, count.value) if count.value else b""
        self.did_send(count)
        return output

    def request(self, fields):
        stream = c_uint32()
        self.next_available_stream_id(ctypes.byref(stream))
        # The bytes must live until the call has returned.
        kept = [(ctypes.create_string_buffer(n), ctypes.create_string_buffer(v)) for n, v in fields]
        headers = (Header * len(fields))(*[
            Header(ctypes.cast(n, ctypes.POINTER(c_char)), len(n) - 1,
                   ctypes.cast(v, ctypes.POINTER(c_char)), len(v) - 1, 0, 0) for n, v in kept])
        self.send_headers(stream, headers, c_size_t(len(fields)), H2_END_STREAM, None)
        return stream.value

    def events(self, received):
        """Yields each event. Its pointers are valid until the next event is requested."""
        self.receive_at(received, c_size_t(len(received)), c_uint64(time.monotonic_ns()))
        event = Event()
        while self.next_event(ctypes.byref(event)) == 1:
            yield event


def fields_of(event):
    headers = event.headers
    return {
        h.name[:h.name_length]: h.value[:h.value_length]
        for h in headers.headers[:headers.header_count]}


def main(path, host, port, target):
    assert ctypes.sizeof(Event) == 128 and ctypes.sizeof(Config) == 56
    assert ctypes.sizeof(Error) == 48 and ctypes.sizeof(Header) == 40
    connection = Connection(path)
    connection.initiate()
    stream = connection.request([
        (b":method", b"GET"), (b":scheme", b"http"), (b":authority", host.encode()),
        (b":path", target.encode()), (b"user-agent", b"ch2/" + connection.version().encode())])
    status = None
    is_complete = False
    with socket.create_connection((host, int(port))) as tcp:
        while not is_complete:
            tcp.sendall(connection.output())
            received = tcp.recv(65536)
            if not received:
                raise RuntimeError("the connection ended before the response was complete")
            for event in connection.events(received):
                if event.stream_id != stream:
                    continue
                if event.type == RESPONSE_RECEIVED:
                    status = fields_of(event)[b":status"].decode()
                elif event.type == DATA_RECEIVED:
                    data = event.data
                    if data.count:
                        sys.stdout.buffer.write(ctypes.string_at(data.bytes, data.count))
                    connection.acknowledge_received_data(
                        c_uint32(stream), c_size_t(data.flow_controlled_length))
                elif event.type == STREAM_RESET:
                    raise RuntimeError("the stream was reset")
                is_complete |= event.type == STREAM_ENDED
        connection.close(0, None, c_size_t(0), c_uint32(H2_HIGHEST_STREAM_ID))
        tcp.sendall(connection.output())
    connection.free()
    print(f"status {status}", file=sys.stderr)
    return 0 if status == "200" else 22


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
