# SPDX-License-Identifier: MIT
"""Cuts received bytes at the borders of frames, so that a step has one frame at most."""


def refined(setup, steps):
    """The same conversation, each received frame a step of its own; old cuts stay."""
    result = []
    preface = 24 if setup.role == "server" else 0
    header, left = b"", 0
    for step, drains in steps:
        if step[0] not in ("recv", "open"):
            result.append((step, drains))
            continue
        data = step[-1]
        pieces, start, position = [], 0, 0
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
                pieces.append(data[start:position])
                start = position
        if start < len(data) or not pieces:
            pieces.append(data[start:])
        if step[0] == "open":
            result.append((step, drains))
        else:
            result += [(("recv", piece), drains) for piece in pieces]
    return result
