# SPDX-License-Identifier: MIT
"""Generates conversations: the setup of a connection, and its steps."""
