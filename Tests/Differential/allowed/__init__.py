# SPDX-License-Identifier: MIT
"""The allowed differences between H2 and h2, each with its reason.

A reason is a section of an RFC that h2 does not follow, a decision of H2 where the RFCs leave the
choice, or that either behavior is right. A run fails unless each allowed difference occurs, in at
most 1 % of the steps. README.md describes the four kinds."""

from allowed import patched_frames, patched_sections, patched_connection
from allowed.differing_fields import DIFFERING_FIELDS
from allowed.patch import PATCHES
from allowed.refused_calls import REFUSED_CALLS
from allowed.refused_input import REFUSED_INPUT

ALLOWED = REFUSED_CALLS + PATCHES + REFUSED_INPUT + DIFFERING_FIELDS
