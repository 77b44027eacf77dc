# SPDX-License-Identifier: MIT
"""Splits steps that receive several frames, so that each receives one frame at most."""


def _pieces(setup, turns):
    """Yields, for each turn, equivalent steps with at most one frame each; existing cuts remain."""
    preface = 24 if setup.role == "server" else 0
    header, left = b"", 0
    for turn in turns:
        step = turn.step
        if not turn.receives or turn.refused:
            yield [step]
            continue
        data = step[-1]
        cuts, start, position = [], 0, 0
        while position < len(data):
            if preface:
                size = min(preface, len(data) - position)
                preface -= size
                position += size
                continue
            if len(header) < 9:
                size = min(9 - len(header), len(data) - position)
                header += data[position:position + size]
                position += size
                if len(header) < 9:
                    break
                left = int.from_bytes(header[:3], "big")
            size = min(left, len(data) - position)
            left -= size
            position += size
            if left == 0:
                header = b""
                cuts.append(data[start:position])
                start = position
        if start < len(data) or not cuts:
            cuts.append(data[start:])
        first = [] if step[0] == "recv" else [step[1:3] if step[1] == "ups" else step[1:2]]
        yield first + [("recv", cut) for cut in cuts]


class Plan:
    """The steps of a conversation, some of which can be split.

    A step is fine if it receives at most one frame, and its output is not mixed with another's."""

    def __init__(self, setup, turns):
        self.steps = [(turn.step, turn.drains) for turn in turns]
        self._pieces = list(_pieces(setup, turns))

    def is_fine(self, index):
        return len(self._pieces[index]) == 1 and self.steps[index][1] \
            and (index == 0 or self.steps[index - 1][1])

    def split(self, index):
        """Splits a step; returns the range of the changed steps."""
        parts = self._pieces[index]
        self.steps[index:index + 1] = [(part, True) for part in parts]
        self._pieces[index:index + 1] = [[part] for part in parts]
        if index > 0:
            self.steps[index - 1] = self.steps[index - 1][0], True
        return range(max(index - 1, 0), index + len(parts))
