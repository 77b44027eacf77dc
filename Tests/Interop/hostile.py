# SPDX-License-Identifier: MIT
"""Measures how hostile clients affect an HTTP/2 server of static files and its other clients.

python3 -B Tests/Interop/hostile.py URL PID SCENARIO
    opens 1,000 connections to the server with that PID, and sends hostile requests on some of them. In the
    meantime, one good client gets /small.txt on one connection, another on a new connection each time.
    SCENARIO is idle, listings, windows, missing, trickle, small-echo, echo, blocks or all. Each needs a new
    server, which serves small.txt (100 bytes), many/ (2,000 files) and large/0 to large/299 (1 MiB each).
python3 -B Tests/Interop/hostile.py URL PID newcomer
    only gets /small.txt, on a new connection each time, until standard input ends.
Both print the measurements, and exit with 1 if one exceeds its bound or a good request fails.
"""

import itertools
import multiprocessing
import os
import resource
import select
import signal
import statistics
import sys
import time

from clients import (
    ACK, END_STREAM, GET, HEADERS, NO_WINDOW, SETTINGS, WIDE_WINDOW, GoodClient, HostileClient, frame,
    path_field, push, window_update)

CONNECTIONS, HOSTILE = 1000, 250  # all connections, and the maximum of a part other than `blocks`
TRICKLING = 40  # connections that enlarge their windows by single bytes
BUDGET, FLOOD = 34_000, 128 << 20  # maximum bytes that a part sends, and that `flood` posts
BATCHES, BATCH = 10, 128  # connections of `listings` that send a batch; requests in a batch
OPENING, SENDING, PAUSE, AFTERMATH, TIME_LIMIT = 2, 1, 0.5, 3, 40  # seconds
PERIOD, TIMEOUT = 0.02, 2  # seconds between good requests, and until one fails
WORST_LATENCY, WORST_NEWCOMER = 200, 100  # ms
WORST_MEMORY, WORST_DESCRIPTORS = 65_536, 64  # kB; and descriptors beyond one for each connection


# The parts of scenarios. Each yields clients, the bytes they send and the number of requests in these bytes,
# until the budget is spent. None instead of a client means a pause.

def listings(clients):
    for index, client in enumerate(clients):
        count = BATCH if index < BATCHES else 1
        requests = (client.request("/many/") for _ in range(count))
        yield client, (NO_WINDOW, b"", WIDE_WINDOW)[index % 3] + b"".join(requests), count
    for path in itertools.cycle(["/", "/many/", "/large/"]):
        for client in clients[BATCHES:]:
            yield client, client.request(path), 1


def windows(clients):
    for client, window in zip(clients, itertools.cycle([NO_WINDOW, WIDE_WINDOW])):
        yield client, window, 0
    for index, client in enumerate(itertools.cycle(clients)):
        yield client, client.request(f"/large/{index % 300}"), 1


def missing(clients):
    path = "/many" + "/." * 1900 + "/missing"
    for client in clients[:4]:
        yield client, b"".join(client.request(path) for _ in range(BATCH)), BATCH
    for index, client in enumerate(itertools.cycle(clients[4:])):
        yield client, client.request(f"/many/{index}" + "-missing" * 10), 1


def trickle(clients):
    clients = clients[:TRICKLING]
    for index, client in enumerate(clients):
        paths = "/many/", "/many/", f"/large/{index}", f"/large/{index}"
        yield client, NO_WINDOW + b"".join(map(client.request, paths)), len(paths)
    for age in itertools.cycle([8, 6, 4, 2]):
        yield None, b"", 0
        for client in clients:
            yield client, window_update(client.next_stream - age, 1), 0


def echo(clients):
    for client in clients:
        yield client, NO_WINDOW + client.post(64), 1
    for client in itertools.cycle(clients):
        yield client, client.post(64), 1


def flood(clients):
    for client in clients:
        # The windows in the server's SETTINGS apply only after this ACK.
        yield client, frame(SETTINGS, ACK) + NO_WINDOW, 0
    for client in clients * 2:
        yield client, client.post(FLOOD // len(clients) // 2), 1


def blocks(clients):
    for index, client in enumerate(clients):
        start = frame(HEADERS, END_STREAM, client.next_stream, GET + path_field(0x40, "/" * 20))
        # Every other client sends a whole frame; the others send the start of a frame of 16 KiB.
        yield client, start if index % 2 else b"\0\x40\0" + start[3:], 1


SCENARIOS = {part.__name__: [part] for part in (listings, windows, missing, trickle, blocks)}
# `blocks` is last, because only CONTINUATION can follow an incomplete field block.
SCENARIOS |= {
    "idle": [], "small-echo": [echo], "echo": [echo, flood],
    "all": [listings, windows, missing, trickle, echo, flood, blocks]}


def attack(part, clients):
    """Sends one part of a scenario, and returns its number of requests."""
    left, pieces = BUDGET if part is not flood else 2 * FLOOD, []
    for piece in part(clients):
        left -= len(piece[1])
        if left < 0:
            break
        pieces.append(piece)
    for client, data, _ in pieces:
        if not client:
            time.sleep(PERIOD)
        elif not client.is_broken:
            client.unsent += data
            client.step()
    push([client for client in clients if client.unsent], SENDING)
    return sum(count for _, _, count in pieces)


def measure(address, client, is_over):
    """Makes good requests with `client`, or with a new client each time if it is None, until `is_over(pause)`.

    Returns the milliseconds that each request took, and the messages of the failed requests."""
    is_new, times, failures, pause = client is None, [], [], 0
    while not is_over(pause):
        start = time.monotonic()
        try:
            client = client or GoodClient(address, TIMEOUT)
            client.get("/small.txt", 100)
            is_done = is_new
        except OSError as error:
            failures.append(str(error))
            is_done = True
        times.append((time.monotonic() - start) * 1000)
        if is_done and client:
            client.close()
            client = None
        pause = max(start + PERIOD - time.monotonic(), 0)
    return times, failures


def measure_in_child(address, is_new, pipe):
    signal.alarm(TIME_LIMIT)
    client = None
    if not is_new:
        try:
            client = GoodClient(address, TIMEOUT)
            client.get("/small.txt", 100)
        except OSError as error:
            raise SystemExit(f"   FAILED: the first good request failed: {error}") from error
    pipe.send("ready")
    pipe.recv()
    pipe.send(measure(address, client, pipe.poll))


def count_descriptors(pid):
    """Counts the server's descriptors beyond one socket for each connection."""
    names = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            names.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            pass
    return len(names) - min(sum(name.startswith("socket:") for name in names), CONNECTIONS + 2)


def memory(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return sum(map(int, stat.read().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def judge(name, watched, bounds):
    """Prints exceeded bounds and failed requests, and returns the exit status."""
    problems = [f"{what}: {round(value, 1)}, above {bound}" for what, value, bound in bounds if value > bound]
    for kind, (times, failures) in watched.items():
        if failures:
            problems.append(
                f"{len(failures)} of {len(times)} good requests on {kind} connections failed: {failures[0]}")
        if not times:
            problems.append(f"no good request was made on {kind} connections")
    for problem in problems:
        print(f"   FAILED {name}: {problem}", flush=True)
    return 1 if problems else 0


def run(address, pid, name):
    signal.alarm(TIME_LIMIT)
    parts, pipes, context = SCENARIOS[name], {}, multiprocessing.get_context("fork")
    for kind in ("old", "new"):
        pipes[kind], theirs = context.Pipe()
        arguments = address, kind == "new", theirs
        context.Process(target=measure_in_child, args=arguments, daemon=True).start()
        theirs.close()
    for pipe in pipes.values():
        pipe.recv()
    os.nice(5)  # Real hostile clients would not use the CPU of the server and the good clients.
    clients = []
    for _ in range(0, CONNECTIONS, 50):  # 50 at a time, because the server's backlog may be short.
        clients += [HostileClient(address) for _ in range(50)]
        push(clients[-50:], OPENING)
        if not all(client.is_open for client in clients):
            raise SystemExit(f"   FAILED {name}: the server answered fewer than {len(clients)} connections")
    opening, idle, cpu = sum(client.sent for client in clients), memory(pid, "VmRSS"), cpu_seconds(pid)

    for pipe in pipes.values():
        pipe.send("go")
    requests, descriptors, share = 0, 0, min(HOSTILE, CONNECTIONS // max(len(parts), 1))
    for index, part in enumerate(parts):
        time.sleep(PAUSE if index else 0)
        requests += attack(part, clients if part is blocks else clients[index * share:][:share])
        descriptors = max(descriptors, count_descriptors(pid))
    end = time.monotonic() + AFTERMATH
    while time.monotonic() < end:
        time.sleep(0.1)
        descriptors = max(descriptors, count_descriptors(pid))
    for pipe in pipes.values():
        pipe.send("enough")
    watched = {kind: pipe.recv() for kind, pipe in pipes.items()}

    closed = select.poll()
    for client in clients:
        closed.register(client.socket, select.POLLRDHUP)
    sent, peak = sum(client.sent for client in clients) - opening, memory(pid, "VmHWM")
    worst = {kind: max(times) for kind, (times, _) in watched.items()}
    latency = ", ".join(f"{kind} {worst[kind]:.1f}/{statistics.median(times):.1f} ms of {len(times)}"
                        for kind, (times, _) in watched.items())
    print(f"{name}: {sent} bytes, {requests} requests; worst/median latency {latency}; "
          f"VmRSS {memory(pid, 'VmRSS')} kB (before: {idle}), VmHWM {peak} kB; "
          f"{descriptors} descriptors beyond connections; CPU {cpu_seconds(pid) - cpu:.2f} s; "
          f"{len(closed.poll(0))} connections closed", flush=True)
    return judge(name, watched, [
        ("worst latency in ms on an old connection", worst["old"], WORST_LATENCY),
        ("worst latency in ms on a new connection", worst["new"], WORST_LATENCY),
        ("VmHWM in kB", peak, WORST_MEMORY),
        ("descriptors beyond connections", descriptors, WORST_DESCRIPTORS)])


def input_ends(seconds):
    end = time.monotonic() + seconds
    while select.select([0], [], [], max(end - time.monotonic(), 0))[0]:
        if not os.read(0, 65_536):
            return True
    return False


def newcomer(address):
    times, failures = measure(address, None, input_ends)
    worst, median = max(times, default=0), statistics.median(times or [0])
    print(f"newcomer: worst/median latency new {worst:.1f}/{median:.1f} ms of {len(times)}", flush=True)
    bounds = [("worst latency in ms on a new connection", worst, WORST_NEWCOMER)]
    return judge("newcomer", {"new": (times, failures)}, bounds)


def main(url, pid, name):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    host, port = url.removeprefix("http://").strip("/").split(":")
    address = host, int(port)
    try:
        return newcomer(address) if name == "newcomer" else run(address, pid, name)
    except (EOFError, FileNotFoundError, ProcessLookupError) as error:
        raise SystemExit(f"   FAILED {name}: the server or a good client ended: {error}") from error


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in [*SCENARIOS, "newcomer"]:
        raise SystemExit(__doc__)
    sys.exit(main(*sys.argv[1:]))
