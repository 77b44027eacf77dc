# SPDX-License-Identifier: MIT
"""Runs the workloads on Python's h2, or on jh2, which has the same API.

peer_python.py WORKLOAD OPERATIONS FIELDS h2|jh2|h2-application|jh2-application [full]
"""

import importlib
import json
import sys
import time
import zlib

UNIT = 16384
BLOCK = 65536
WINDOW = 1 << 20
BATCH = 100
FRAMES_AT_A_TIME = 4
# The fields that an application looks up in each received request and response.
REQUEST_LOOKUPS = b":method", b":path", b":authority", b"accept-encoding"
RESPONSE_LOOKUPS = b":status", b"content-type", b"content-length"
# Units in the longest bodies: 1 GiB and 64 MiB.
LONGEST = {"W3": 65536, "W6": 4096}


def _kilobytes(path, key):
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.startswith(key):
                return int(line.split()[1])
    raise SystemExit(f"no {key} in {path}")


def resident_bytes():
    return _kilobytes("/proc/self/smaps_rollup", "Rss:") * 1024


class Job:
    """The task of a run."""

    def __init__(self, arguments):
        self.workload, operations, path, form = arguments[:4]
        self.package = form.removesuffix("-application")
        self.is_application = form != self.package
        self.operations = int(operations)
        self.is_full = arguments[4:] == ["full"]
        self.requests, self.responses = [], []
        with open(path, "rb") as file:
            for line in file.read().splitlines():
                name, tab, value = line.partition(b"\t")
                if tab:
                    # In the application shape, fields are text.
                    section.append(
                        (name.decode(), value.decode()) if self.is_application else (name, value))
                else:
                    section = []
                    (self.requests if line == b"request" else self.responses).append(section)
        state, block = 1, bytearray()
        for _ in range(BLOCK):
            state = (state * 1664525 + 1013904223) % (1 << 32)
            block.append(state >> 24)
        self.block = bytes(block + block[:UNIT])
        self.has_windows = self.workload in ("W2", "W3")
        self.is_answered = self.workload != "M2"
        self.max_streams = 100 if self.is_answered else self.operations + 1
        self.small_body = 0 if self.workload in ("W4", "W6") else 1024


class Side:
    """One end of the connection and its application."""

    def __init__(self, job, is_server):
        self._job = job
        self._is_server = is_server
        self._sections = job.responses if is_server else job.requests
        self._count = 0
        self._lookups = REQUEST_LOOKUPS if is_server else RESPONSE_LOOKUPS
        self._field_sum = self._messages = self._fields = self._bytes = self._sum = 0
        self._found = 0
        self._adler = 1
        self._stream, self._offset, self._left = 0, 0, 0
        self.body_length = job.small_body if is_server else 0
        events = importlib.import_module(job.package + ".events")
        self._headers = events.RequestReceived if is_server else events.ResponseReceived
        self._data, self._ended = events.DataReceived, events.StreamEnded
        self.connect()

    def connect(self):
        job, package = self._job, self._job.package
        connections = importlib.import_module(package + ".connection")
        settings = importlib.import_module(package + ".settings")
        configuration = importlib.import_module(package + ".config").H2Configuration(
            client_side=not self._is_server)
        self.connection = connections.H2Connection(config=configuration)
        codes = settings.SettingCodes
        values = {
            codes.MAX_CONCURRENT_STREAMS: job.max_streams if self._is_server else 100,
            codes.MAX_HEADER_LIST_SIZE: self.connection.DEFAULT_MAX_HEADER_LIST_SIZE,
        }
        if job.has_windows:
            values[codes.INITIAL_WINDOW_SIZE] = WINDOW
        self.connection.local_settings = settings.Settings(
            client=not self._is_server, initial_values=values)
        self.connection.initiate_connection()
        if job.has_windows:
            self.connection.increment_flow_control_window(WINDOW - 65535)

    def request(self):
        self._send(self.connection.get_next_available_stream_id())

    def receive(self, data):
        connection = self.connection
        for event in connection.receive_data(data):
            kind = type(event)
            if kind is self._headers:
                self._take(event.headers)
            elif kind is self._data:
                self._take_data(event.data)
                connection.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id)
            elif kind is self._ended:
                self._messages += 1
                if self._job.is_full:
                    self._sum += self._adler
                    self._adler = 1
                if self._is_server and self._job.is_answered:
                    self._send(event.stream_id)

    def send_body(self):
        for _ in range(FRAMES_AT_A_TIME):
            if self._left == 0:
                return
            window = self.connection.local_flow_control_window(self._stream)
            count = min(self._left, UNIT, window)
            if count <= 0:
                return
            start = self._offset % BLOCK
            self._offset += count
            self._left -= count
            self.connection.send_data(
                self._stream, self._job.block[start : start + count], end_stream=self._left == 0)

    def tally(self):
        return {
            "messages": self._messages, "fields": self._fields, "fieldSum": self._field_sum,
            "bytes": self._bytes, "sum": self._sum, "found": self._found}

    def _send(self, stream):
        section = self._sections[self._count % len(self._sections)]
        if self._job.is_application:
            # A new list of new pairs, as an application creates for each message.
            section = [(name, value) for name, value in section]
        self._count += 1
        length = self.body_length
        self.connection.send_headers(stream, section, end_stream=length == 0)
        if length > self._job.small_body:
            self._stream, self._offset, self._left = stream, 0, length
        elif length > 0:
            self.connection.send_data(stream, self._job.block[:length], end_stream=True)

    def _take(self, headers):
        self._fields += len(headers)
        if self._job.is_application:
            self._look_up(headers)
        if self._job.is_full:
            value = 1
            for pair in headers:
                for text in pair:
                    value = zlib.adler32(text + b"\0", value)
            self._field_sum += value

    def _look_up(self, headers):
        fields = dict(headers)
        for name in self._lookups:
            value = fields.get(name)
            if value is not None:
                self._found += len(value.decode())

    def _take_data(self, data):
        if self._job.is_full:
            self._adler = zlib.adler32(data, self._adler)
        else:
            self._sum += sum(data[-self._bytes & 63 :: 64])
        self._bytes += len(data)


class Bench:
    """Runs the workloads."""

    def __init__(self, job):
        self._job = job
        self.client, self.server = Side(job, False), Side(job, True)
        self._settle()

    def run(self):
        """Runs the workload; returns the resident bytes of M1 and M2, otherwise 0."""
        name = self._job.workload
        if name in ("W1", "W4"):
            for _ in range(self._job.operations):
                self._request_once()
        elif name == "W2":
            self._request_in_batches()
        elif name in LONGEST:
            self._transfer(LONGEST[name])
        elif name == "W5":
            for _ in range(self._job.operations):
                self._connect()
                self._request_once()
                self.client.connection.close_connection()
                self._settle()
        elif name == "M1":
            return self._hold_connections()
        elif name == "M2":
            self._request_once()
            before = resident_bytes()
            self._request_in_batches()
            return resident_bytes() - before
        else:
            raise SystemExit("unknown workload")
        return 0

    def _settle(self):
        moved = True
        while moved:
            self.client.send_body()
            moved = self._carry(self.client, self.server)
            self.server.send_body()
            moved = self._carry(self.server, self.client) or moved

    @staticmethod
    def _carry(sender, receiver):
        data = sender.connection.data_to_send()
        if not data:
            return False
        receiver.receive(data)
        return True

    def _connect(self):
        self.client.connect()
        self.server.connect()
        self._settle()

    def _request_once(self):
        self.client.request()
        self._settle()

    def _request_in_batches(self):
        left = self._job.operations
        while left > 0:
            for _ in range(min(left, BATCH)):
                self.client.request()
            self._settle()
            left -= BATCH

    def _transfer(self, most):
        left = self._job.operations
        while left > 0:
            units = min(left, most)
            sender = self.server if self._job.workload == "W3" else self.client
            sender.body_length = units * UNIT
            self._request_once()
            left -= units

    def _hold_connections(self):
        held = [None] * self._job.operations
        before = resident_bytes()
        for index in range(self._job.operations):
            self._connect()
            held[index] = self.client.connection, self.server.connection
        return resident_bytes() - before


def main():
    job = Job(sys.argv[1:])
    bench = Bench(job)
    start = time.process_time()
    resident = bench.run()
    seconds = time.process_time() - start
    print(json.dumps({
        "workload": job.workload, "operations": job.operations, "seconds": seconds,
        "resident": resident, "peak": _kilobytes("/proc/self/status", "VmHWM:") * 1024,
        "requests": bench.server.tally(), "responses": bench.client.tally()}))


if __name__ == "__main__":
    main()
