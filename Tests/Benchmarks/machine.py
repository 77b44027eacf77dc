# SPDX-License-Identifier: MIT
"""Describes the machine and the versions that a measurement used."""

import datetime
import os
import platform
import re
import subprocess


def _output(*command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return result.stdout if result.returncode == 0 else ""


def _found(pattern, text):
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1).strip() if match else "unknown"


def _file(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def libraries():
    """Returns the versions that affect the numbers of H2 and raw C."""
    c_library, c_version = platform.libc_ver()
    return {
        "Swift": _found(r"Swift version (\S+)", _output("swift", "--version")),
        "nghttp2": _output("pkg-config", "--modversion", "libnghttp2").strip() or "unknown",
        c_library or "C library": c_version or "unknown",
    }


def machine():
    """Returns the machine, its system and tools, and the date."""
    return {
        "Processor": _found(r"^model name\s*:(.*)$", _file("/proc/cpuinfo")),
        "Cores": os.cpu_count(),
        "System": _found(r'^PRETTY_NAME="?([^"\n]*)', _file("/etc/os-release")),
        "Kernel": f"{platform.release()} {platform.machine()}",
        "C compiler": _output("cc", "--version").split("\n")[0] or "unknown",
        "valgrind": _found(r"valgrind-(\S+)", _output("valgrind", "--version")),
        "Date": datetime.date.today().isoformat(),
    }
