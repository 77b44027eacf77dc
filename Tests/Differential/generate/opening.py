# SPDX-License-Identifier: MIT
"""Generates the setup of a connection and the first steps of its conversation."""

import base64
import struct

from generate import peer
import wire
from generate.scenarios import scenario
from steps import Setup
from generate.state import MAX_ID


def make_setup(random, number):
    """Returns the setup of conversation `number`."""
    if number % 25 == 0:
        role, settings, _, *switches = scenario(number // 25)
        return Setup(role, *switches or ((True, True, False, True, True),), settings)
    switches = (True, True, False, True, True)
    if random.random() < 0.25:
        switches = tuple(random.random() < 0.5 for _ in range(5))
    settings = []
    if number % 5 == 0 and random.random() < 0.5:
        choices = {
            1: (0, 64, 4096, 65536), 3: (0, 1, 2, 3, 10, 1000),
            4: (0, 1, 10, 100, 1000, 5000, 65535, 100000, MAX_ID),
            5: (16384, 16385, 20000, 1 << 20, (1 << 24) - 1), 6: (100, 200, 500, 65536, 1 << 20),
            8: (0, 1), 10: (0, 7), 0xf000: (1, 2**32 - 1), 7: (1,),
        }
        for key in random.sample(sorted(choices), random.choice((1, 1, 2, 3))):
            settings.append((key, random.choice(choices[key])))
        if random.random() < 0.03:
            settings.append(random.choice(((2, 2), (4, 2**31), (5, 1), (8, 2), (5, 1 << 24))))
        if random.random() < 0.1:
            settings.append((2, 0))
    return Setup("server" if number & 1 else "client", switches, settings)


class Opening:
    """The first steps of a conversation."""

    def __init__(self, state, calls, systematic):
        self._state = state
        self._calls = calls
        self._systematic = systematic

    def steps(self):
        state = self._state
        random = state.random
        if state.number % 25 == 0:
            state.steps_when_dead = 1
            return list(scenario(state.number // 25)[2])
        preface = b"" if state.client else wire.PREFACE
        settings = peer.settings_frame(state.settings(wild=False))
        ack = peer.settings_frame(ack=True)
        init, text = "init", None
        if state.number % 5:
            opening = ("open", init, text, preface + peer.settings_frame() + ack)
            return [opening] + self._systematic.steps()
        kind = random.random()
        if kind < 0.1:
            init, text = ("upc", None) if state.client else ("ups", self._upgrade_header())
        first = (init, text) if init == "ups" else (init,)
        kind = random.random()
        if kind > 0.99:
            early = [self._calls.call(), ("recv", preface + settings), ("next",), ("nothing",)]
            return [random.choice(early), ("open", init, text, preface + settings + ack)]
        if kind > 0.98:
            bad = preface + random.choice((
                ack, peer.word_frame(wire.WINDOW_UPDATE, 0, 1),
                wire.frame(wire.PING, 0, 0, b"a" * 8), peer.goaway_frame(0, 0),
                wire.frame(99, 0, 0), peer.priority_frame(1, 1, 0, 0)))
            return [("open", init, text, bad)]
        if kind > 0.975 and not state.client:
            bad = bytearray(preface + settings)
            bad[random.randrange(24)] ^= 1 << random.randrange(8)
            return [("open", init, text, bytes(bad))]
        if kind > 0.972:
            return [first, ("recv", preface + settings)]
        if kind > 0.96:
            data = preface + settings + ack
            cut = random.randrange(len(data))
            return [first, ("recv", data[:cut]), ("recv", data[cut:])]
        return [("open", init, text, preface + settings + ack)]

    def _upgrade_header(self):
        state = self._state
        random = state.random
        payload = b"".join(struct.pack(">HL", *e) for e in state.settings(wild=False))
        text = base64.urlsafe_b64encode(payload)
        kind = random.random()
        if kind < 0.1:
            return None
        if kind < 0.2:
            return b""
        if kind < 0.3:
            return random.choice((
                b"AAA", b"A", b"!!!!", b"AAMAAABk=", text[:-1], text + b"=", b"\xff"))
        if kind < 0.4:
            payload = struct.pack(">HL", *random.choice(((2, 2), (4, 2**31), (5, 1), (8, 2))))
            return base64.urlsafe_b64encode(payload)
        if kind < 0.5:
            return base64.b64encode(payload)
        return text
