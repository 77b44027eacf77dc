# SPDX-License-Identifier: MIT
"""Writes the public API in the symbol graphs of a folder as text: listing.py MODULE FOLDER.

Each type is a line, and below it, indented, are its conformances and members, sorted. Left out is
what the compiler adds: members that a type has from a protocol's extension, and the conformances
of nearly every type. So is what a listed conformance implies. A symbol graph does not say whether a
type is copyable, so neither does the listing.
"""
import collections
import json
import pathlib
import re
import sys

HEADER = """\
# The public API of module %s, one line for each declaration. `Scripts/api --update` writes this file.
# The listing does not freeze the API: it shows each change in the diff of the commit.
"""

# Nearly every type has these.
_EVERYWHERE = {"Copyable", "Escapable", "SendableMetatype"}

# The protocols that each of these refines, directly or not.
_IMPLIED = {
    "BidirectionalCollection": {"Collection", "Sequence"},
    "Collection": {"Sequence"},
    "Comparable": {"Equatable"},
    "Error": {"Sendable"},
    "Hashable": {"Equatable"},
    "MutableCollection": {"Collection", "Sequence"},
    "RandomAccessCollection": {"BidirectionalCollection", "Collection", "Sequence"},
    "RangeReplaceableCollection": {"Collection", "Sequence"},
    "SetAlgebra": {"Equatable", "ExpressibleByArrayLiteral"},
}

_TYPES = {"class", "enum", "protocol", "struct"}

_RELATIONS = {"conformance": ":", "superclass": ":", "sameType": "=="}


def _text(fragments):
    return " ".join("".join(f["spelling"] for f in fragments).split())


def _where(constraints):
    """The clause for the constraints, or nothing. Those of a type itself are in its declaration."""
    parts = sorted("%s %s %s" % (c["lhs"], _RELATIONS[c["kind"]], c["rhs"])
                   for c in constraints or ())
    return " where " + ", ".join(parts) if parts else ""


def _is_witness(declaration, type_name):
    """Whether a conformance to Equatable or Hashable says the same, explicit or synthesized."""
    operands = r"\(\w+: %s, \w+: %s\)" % ((re.escape(type_name),) * 2)
    return declaration.startswith("func hash(into ") or bool(re.fullmatch(
        "static func == " + operands + " -> Bool", re.sub("<[^<>]*>", "", declaration)))


def _availability(symbol):
    """The attributes of a symbol that is deprecated or not available."""
    parts = []
    for item in symbol.get("availability", ()):
        domain = item.get("domain", "*")
        for key, word in (("isUnconditionallyDeprecated", "deprecated"),
                          ("isUnconditionallyUnavailable", "unavailable")):
            if item.get(key):
                parts.append("@available(%s, %s) " % (domain, word))
        for key in ("introduced", "deprecated", "obsoleted"):
            if key in item:
                version = ".".join(str(item[key].get(k, 0)) for k in ("major", "minor"))
                parts.append("@available(%s, %s: %s) " % (domain, key, version))
    return "".join(sorted(parts))


class Listing:
    def __init__(self):
        self._headings = {}
        self._members = collections.defaultdict(set)

    def add(self, graph):
        symbols = {s["identifier"]["precise"]: s for s in graph["symbols"]}
        for precise, symbol in symbols.items():
            if "::SYNTHESIZED::" not in precise:
                self._add_symbol(symbol)
        conformances = collections.defaultdict(dict)
        for relation in graph["relationships"]:
            source = symbols.get(relation["source"])
            if relation["kind"] in ("conformsTo", "inheritsFrom") and source:
                name = self._target(relation, symbols)
                conformances[relation["source"]][name] = _where(relation.get("swiftConstraints"))
        for precise, found in conformances.items():
            implied = _EVERYWHERE.union(*(_IMPLIED.get(n, ()) for n, w in found.items() if not w))
            path = tuple(symbols[precise]["pathComponents"])
            self._members[path].update(
                (0, "conforms to " + n + w) for n, w in found.items() if n not in implied)

    @staticmethod
    def _target(relation, symbols):
        target = symbols.get(relation["target"])
        name = ".".join(target["pathComponents"]) if target else relation["targetFallback"]
        return name[len("Swift."):] if name.startswith("Swift.") else name

    def _add_symbol(self, symbol):
        path = tuple(symbol["pathComponents"])
        fragments = symbol["declarationFragments"]
        kind = symbol["kind"]["identifier"].rpartition(".")[2]
        if kind in _TYPES:
            # The full name instead of the last part of it.
            name = next(f for f in fragments if f["kind"] == "identifier")
            name["spelling"] = ".".join(path)
            self._headings[path] = _availability(symbol) + _text(fragments)
            return
        declaration = _text(fragments)
        if not _is_witness(declaration, ".".join(path[:-1])):
            constraints = symbol.get("swiftExtension", {}).get("constraints")
            self._members[path[:-1]].add(
                (1, _availability(symbol) + declaration + _where(constraints)))

    def lines(self):
        """Yields the lines: first what is in no type, then each type with its members."""
        outside = sorted(self._members.get((), ()))
        if outside:
            yield ""
        for _, declaration in outside:
            yield declaration
        for path in sorted(set(self._headings) | set(self._members) - {()}):
            yield ""
            yield self._headings.get(path, "extension " + ".".join(path))
            for _, declaration in sorted(self._members.get(path, ())):
                yield "    " + declaration


def main():
    listing = Listing()
    for file in sorted(pathlib.Path(sys.argv[2]).glob("*.symbols.json")):
        listing.add(json.loads(file.read_text(encoding="utf-8")))
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(HEADER % sys.argv[1])
    for line in listing.lines():
        print(line)


if __name__ == "__main__":
    main()
