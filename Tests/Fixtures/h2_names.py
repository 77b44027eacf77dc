# SPDX-License-Identifier: MIT
"""Compares the article ComingFromPythonH2.md with the public names of the installed h2.

h2_names.py            prints the names
h2_names.py TOP        fails unless the article below that folder has exactly one row for each name,
                       with an existing Swift name or "none, because ...", and no other rows

A name is public if no part of it begins with an underscore. Modules that h2 documents contribute
each class, its members, and the attributes its initializer sets; other modules, top-level names.
"""
import ast
import pathlib
import re
import sys

import h2

DOCUMENTED = ["config", "connection", "errors", "events", "exceptions", "settings"]
INTERNAL = ["frame_buffer", "stream", "utilities", "windows"]
# Public classes of h2.connection that h2 does not document.
INTERNAL_CLASSES = {
    "AllowedStreamIDs", "ConnectionInputs", "ConnectionState", "H2ConnectionStateMachine"}


def is_public(name):
    return not name.startswith("_")


def assigned(node):
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def is_attribute(target):
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) \
        and target.value.id == "self"


def members(node):
    for item in node.body:
        if isinstance(item, ast.FunctionDef):
            if is_public(item.name):
                yield item.name
            elif item.name == "__init__":
                for inner in ast.walk(item):
                    if isinstance(inner, (ast.Assign, ast.AnnAssign)):
                        targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
                        for target in targets:
                            if is_attribute(target) and is_public(target.attr):
                                yield target.attr
        elif isinstance(item, (ast.Assign, ast.AnnAssign)):
            yield from filter(is_public, assigned(item))


def names(folder):
    """Returns each public name once, in source order: Class, Class.member, module.function."""
    found = {}
    for module in DOCUMENTED + INTERNAL:
        for node in ast.parse((folder / f"{module}.py").read_text()).body:
            if isinstance(node, ast.ClassDef) and is_public(node.name):
                found[node.name] = None
                if module in DOCUMENTED and node.name not in INTERNAL_CLASSES:
                    for member in members(node):
                        found[f"{node.name}.{member}"] = None
            elif isinstance(node, ast.FunctionDef) and is_public(node.name):
                found[f"{module}.{node.name}"] = None
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                for name in filter(is_public, assigned(node)):
                    found[f"{module}.{name}"] = None
    return list(found)


def rows(article):
    """Yields the rows of the article's tables: a name of h2, and the text in the next column."""
    for line in article.splitlines():
        if match := re.match(r"\| (`[^|]*`) \| (.*) \|$", line):
            for name in re.findall(r"`([^`]+)`", match[1]):
                yield name, match[2]


def is_declared(link, sources):
    """Whether the last part of a symbol link is declared in the sources."""
    name = re.split(r"[(-]", link.split("/")[-1])[0]
    return re.search(rf"\b(var|let|func|case|struct|enum|class)\b[^=\n]*\b{name}\b", sources)


def complaints(expected, article, sources):
    found = {}
    for name, text in rows(article):
        if name in found:
            yield f"{name} is repeated"
        found[name] = text
    for name in expected:
        if name not in found:
            yield f"{name} is missing"
    for name, text in found.items():
        if name not in expected:
            yield f"{name} is not a name of h2"
        links = re.findall(r"``([^`]+)``", text)
        if not links and not text.startswith("none, because "):
            yield f"{name} has neither a Swift name nor a reason"
        for link in links:
            if not is_declared(link, sources):
                yield f"{name}: {link} does not exist"


def main():
    expected = names(pathlib.Path(h2.__file__).parent)
    if len(sys.argv) == 1:
        print("\n".join(expected))
        return
    top = pathlib.Path(sys.argv[1]) / "Sources/H2"
    article = (top / "Documentation.docc/ComingFromPythonH2.md").read_text()
    sources = "\n".join(path.read_text() for path in sorted(top.rglob("*.swift")))
    found = list(complaints(expected, article, sources))
    if found:
        sys.exit("ComingFromPythonH2.md, compared with h2 " + h2.__version__ + ":\n"
                 + "\n".join(found))
    print(f"{len(expected)} names of h2 {h2.__version__} are in the article")


if __name__ == "__main__":
    main()
