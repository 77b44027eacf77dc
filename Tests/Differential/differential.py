# SPDX-License-Identifier: MIT
"""Compares H2 with h2 in random conversations: see Scripts/differential and README.md."""

import argparse
import collections
import concurrent.futures
import multiprocessing
import random
import subprocess
import sys
import time

from allowed import ALLOWED
from compare import compare
from conversation import KnownSteps, converse
from coverage import Coverage
from generate.generator import Generator
from generate.opening import make_setup
from splitting import Plan
from steps import line

STEPS = 50
# The number of conversations per seed.
NUMBERS = 10_000_000
# The number of conversations within which each planted fault must be found.
FAULT_LIMIT = 2000
# The maximum fraction of all steps that one allowed difference may explain.
HIT_LIMIT = 0.01


class GeneratedSteps:
    """The generated steps of one conversation."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._number = seed % NUMBERS
        self.setup = make_setup(self._random, self._number)
        self._left = STEPS

    def begin(self, python_h2):
        self._generator = Generator(self._random, python_h2, self._number)

    def next_step(self):
        self._left -= 1
        return self._generator.next_step() if self._left >= 0 else None

    def record(self, events):
        self._generator.record(events)


class SwiftH2:
    """The H2 side: the program h2steps."""

    def __init__(self, path, fault=None):
        arguments = [path] + (["--fault", fault] if fault else [])
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self):
        self._process.stdin.close()
        self._process.wait()

    def run(self, setup, turns):
        """Performs the steps; returns a report for each, with its fields in the order of FIELDS."""
        lines = [setup.line()]
        for turn in turns:
            lines.append("%s %s %d" % (
                line(turn.step), ",".join(map(str, turn.streams)) or "-", turn.drains))
        lines.append("finish\n")
        try:
            self._process.stdin.write("\n".join(lines).encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        reports = []
        for _ in turns:
            text = self._process.stdout.readline().decode()
            if not text:
                raise SystemExit("h2steps exited during:\n" + "\n".join(lines))
            reports.append(text.rstrip("\n").split("\t"))
        return reports


def run_steps(swift, setup, source):
    """Runs one conversation on both libraries; returns (turns, result).

    If a step that receives several frames differs, the conversation is repeated with one frame per
    step, to find the frame. If nothing differs then, H2's behavior depends on how bytes are cut."""
    turns = converse(setup, source)
    plan = Plan(setup, turns)
    parts, whole = None, None
    while True:
        result = compare(turns, swift.run(setup, turns), plan)
        if parts is not None and not result.differing.intersection(parts):
            together = whole[1]
            together.failure = parts[0], [("together", "the same as one by one", "differs")]
            return whole
        if result.to_split is None:
            return turns, result
        whole = turns, result
        parts = plan.split(result.to_split)
        turns = converse(setup, KnownSteps(plan.steps))


def run_seed(swift, seed):
    """Runs the conversation of a seed; returns (setup, turns, result)."""
    source = GeneratedSteps(seed)
    return (source.setup,) + run_steps(swift, source.setup, source)


def run_part(path, seeds):
    """Runs part of the conversations, in a process of its own."""
    swift = SwiftH2(path)
    hits, coverage, steps, failures = collections.Counter(), Coverage(), 0, []
    for seed in seeds:
        setup, turns, result = run_seed(swift, seed)
        hits.update(result.hits)
        steps += result.compared
        coverage.add(turns[:result.compared])
        if result.failure:
            failures.append(seed)
    swift.close()
    return hits, coverage, steps, failures


def shrink(swift, setup, steps, fields):
    """Removes steps while the same fields still differ; returns the remaining steps."""
    def fails(candidate):
        _, result = run_steps(swift, setup, KnownSteps(candidate))
        return result.failure is not None and [d[0] for d in result.failure[1]] == fields

    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            candidate = steps[:start] + steps[start + size:]
            if candidate and fails(candidate):
                steps = candidate
            else:
                start += size
        size //= 2
    return steps


def explain(swift, seed):
    """Prints the difference in a conversation, with as few steps as possible."""
    setup, turns, result = run_seed(swift, seed)
    if result.failure is None:
        print("only allowed differences: " + ", ".join(result.hits))
        return
    index, differing = result.failure
    steps = [(t.step, t.drains) for t in turns[:index + 1]]
    steps = shrink(swift, setup, steps, [d[0] for d in differing])
    turns, result = run_steps(swift, setup, KnownSteps(steps))
    print("\nconversation %d: %s" % (seed, setup.line()))
    for turn in turns:
        notes = "" if turn.drains else "   (output not drained)"
        if turn.failure:
            notes += "   h2: %s" % turn.failure.message[:120]
        print("   %s%s" % (line(turn.step), notes))
    for field, theirs, ours in result.failure[1]:
        print("   %s\n      h2: %s\n      H2: %s" % (field, theirs, ours))


def run(path, count, seed, workers):
    start = time.time()
    hits, coverage, steps, failures = collections.Counter(), Coverage(), 0, []
    first = seed * NUMBERS
    parts = [range(first + i, first + min(i + 250, count), 1) for i in range(0, count, 250)]
    with concurrent.futures.ProcessPoolExecutor(
            workers, multiprocessing.get_context("fork")) as pool:
        for part in pool.map(run_part, [path] * len(parts), parts):
            hits.update(part[0])
            coverage.update(part[1])
            steps += part[2]
            failures += part[3]
    empty = coverage.report()

    print("\nallowed differences: steps, reason")
    problems = []
    for entry in ALLOWED:
        number = hits.pop(entry.name, 0)
        print("  %6d %5.2f%%  %s: %s" % (number, number * 100 / steps, entry.name, entry.reason))
        if number == 0:
            problems.append("never occurred: " + entry.name)
        if number > steps * HIT_LIMIT:
            problems.append("occurs in too many steps: " + entry.name)
    for name, number in sorted(hits.items()):
        print("  %6d %5.2f%%  %s: decision: caller's misuse" % (number, number * 100 / steps, name))
        if number > steps * HIT_LIMIT:
            problems.append("occurs in too many steps: " + name)
    problems += ["never reached: %s, %s: %s x %s" % cell for cell in empty]

    swift = SwiftH2(path)
    for failure in failures[:10]:
        explain(swift, failure)
    print("\n%d conversations, %d steps, %.0f s: %d differ" % (
        count, steps, time.time() - start, len(failures)))
    for problem in problems:
        print(problem)
    return not failures and not problems


def find_fault(arguments):
    """Returns the number of conversations until a planted fault is found, or None."""
    path, fault, seed, known = arguments
    swift = SwiftH2(path, fault)
    for number in range(FAULT_LIMIT):
        if seed * NUMBERS + number in known:
            continue
        if run_seed(swift, seed * NUMBERS + number)[2].failure:
            swift.close()
            return number + 1
    swift.close()
    return None


def self_test(path, seed, workers):
    """Returns whether each planted fault is found."""
    faults = subprocess.run([path, "--faults"], capture_output=True, text=True).stdout.split()
    missed = 0
    # Conversations that differ without a fault do not count.
    known = set(run_part(path, range(seed * NUMBERS, seed * NUMBERS + FAULT_LIMIT))[3])
    with concurrent.futures.ProcessPoolExecutor(
            workers, multiprocessing.get_context("fork")) as pool:
        for fault, number in zip(faults, pool.map(
                find_fault, [(path, fault, seed, known) for fault in faults])):
            print("  %-22s %s" % (fault, "MISSED" if number is None else "found in %d" % number))
            missed += number is None
    print("%d faults, %d missed" % (len(faults), missed))
    return len(faults) >= 20 and missed == 0


def main():
    parser = argparse.ArgumentParser(prog="Scripts/differential")
    parser.add_argument("--swift", required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--conversations", type=int, default=3000, metavar="N", help="their number (3000)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help="determines the conversations (1)")
    parser.add_argument(
        "--self-test", action="store_true", help="plant faults in H2 and fail unless each is found")
    parser.add_argument(
        "--show", type=int, metavar="NUMBER",
        help="explain the conversation with this number, as printed by a run")
    options = parser.parse_args()
    workers = multiprocessing.cpu_count()
    if options.show is not None:
        explain(SwiftH2(options.swift), options.show)
        return
    test = self_test(options.swift, options.seed, workers) if options.self_test else \
        run(options.swift, options.conversations, options.seed, workers)
    sys.exit(0 if test else 1)


if __name__ == "__main__":
    main()
