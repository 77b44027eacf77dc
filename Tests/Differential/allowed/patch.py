# SPDX-License-Identifier: MIT
"""Patches of h2, the allowed differences that change what h2 does.

A patch is needed where h2 breaks a rule, fails, or goes a way that H2 does not, because nothing
after that step could be compared. With the patch all fields of the step are compared, and the
conversation continues. Each patch is about one frame or call in one state, and counts the steps in
which it changes what h2 does."""

PATCHES = []
# The names of the patches that changed something in the current step.
counted = set()


class Patch:
    """What is patched, and why."""

    def __init__(self, name, reason):
        self.name, self.reason = name, reason
        PATCHES.append(self)

    def count(self):
        """Records that the patch changes what h2 does in this step."""
        counted.add(self.name)


def replace(owner, name):
    """Puts a function in the place of another one, which it gets as its first argument."""
    def decorate(function):
        original = getattr(owner, name)
        setattr(
            owner, name,
            lambda *arguments, **named: function(original, *arguments, **named))
    return decorate
