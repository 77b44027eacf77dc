# SPDX-License-Identifier: MIT
"""Patches of h2: the allowed differences that change h2's behavior.

A patch is needed where h2 violates a rule, crashes, or behaves so differently from H2 that no later
step could be compared. With the patch, all fields of the step are compared and the conversation
continues. Each patch is about one frame or call in one state, and counts the steps in which it
changes h2's behavior."""

PATCHES = []
# The names of the patches that changed h2's behavior in the current step.
counted = set()


class Patch:
    """The name of a patch and its reason."""

    def __init__(self, name, reason):
        self.name, self.reason = name, reason
        PATCHES.append(self)

    def count(self):
        """Records that the patch changed h2's behavior in this step."""
        counted.add(self.name)


def replace(owner, name):
    """Replaces a function by the decorated one, which gets the original as its first argument."""
    def decorate(function):
        original = getattr(owner, name)
        setattr(
            owner, name,
            lambda *arguments, **named: function(original, *arguments, **named))
    return decorate
