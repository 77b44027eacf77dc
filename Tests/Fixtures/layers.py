# SPDX-License-Identifier: MIT
"""Checks that no folder of Sources/H2 or Sources/H2NIO uses a type of a folder above it.

Scripts/layers runs it.

layers.py               prints the violations, and fails if there are any
layers.py --self-test   plants violations in a copy, and fails unless each of them is found

The check compares names: it collects the types and the top-level functions that each folder
declares, and looks for their names in the code of the other folders. A nested type belongs to the
folder of the file that declares it. An extension that only declares types does not use the type
that it extends. Members and inferred types are not checked.
"""
import collections
import dataclasses
import pathlib
import re
import shutil
import sys
import tempfile


@dataclasses.dataclass(frozen=True)
class Module:
    """The folders of a module, from the bottom to the top."""

    sources: pathlib.Path
    folders: tuple
    # How the names of the files above all folders begin, which are in no folder.
    top: str = ""
    # The only folder that may use the types of Engine, and the folders that may import CNghttp2.
    user_of_engine: str = ""
    users_of_c: tuple = ()
    # A file that declares the types again, for builds without the others.
    ignored: str = ""

    def level(self, name):
        """Returns the position of a folder or of the top, or None if there is none."""
        names = (*self.folders, self.top)
        return names.index(name) if name in names else None


H2 = Module(
    pathlib.Path("Sources/H2"),
    ("Memory", "Fields", "Values", "Wire", "FlowControl", "Settings", "Limits", "Scheduling",
     "Deadlines", "Streams", "Rules", "Engine", "Core"),
    "H2Connection", "Core", ("Engine", "Memory"))
H2NIO = Module(
    pathlib.Path("Sources/H2NIO"),
    ("Executor", "Handler", "HTTPTypes", "Async", "Bootstrap"), ignored="Unavailable.swift")

_DECLARATIONS = {"struct", "enum", "class", "protocol", "actor", "extension"}
_MEMBERS = {"func", "var", "let", "init", "subscript"}
_MODIFIERS = {
    "public", "package", "internal", "private", "fileprivate", "final", "indirect", "unsafe",
    "nonisolated", "distributed"}
_SPECIAL = re.compile(r'//[^\n]*|/\*|(#*)("""|")|[()]')
_COMMENT = re.compile(r"/\*|\*/")
_TOKEN = re.compile(r"[A-Za-z_]\w*|\n|[^\s\w]|\w+")
_NAME = re.compile(r"[A-Za-z_]\w*\Z")


class Unreadable(Exception):
    """A file that this script cannot parse."""


def code(text):
    """Returns the text without comments and string literals, but with all line ends.

    It keeps the code of interpolations."""
    result = []
    _copy_code(text, 0, result, False)
    return "".join(result)


def _copy_code(text, start, result, is_interpolation):
    """Copies code up to the end of the text or of the interpolation; returns where it ended."""
    depth = 0
    while True:
        found = _SPECIAL.search(text, start)
        if found is None:
            result.append(text[start:])
            return len(text)
        result.append(text[start:found.start()])
        special, start = found.group(), found.end()
        if found.group(2):
            start = _skip_string(text, start, found.group(2), found.group(1), result)
        elif special == "/*":
            start = _skip_comment(text, start, result)
        elif special in "()":
            depth += 1 if special == "(" else -1
            result.append(special)
            if is_interpolation and depth < 0:
                return start


def _skip_string(text, start, quotes, hashes, result):
    """Copies only line ends and interpolations of a string literal; returns where it ended."""
    result.append(" ")
    escape = re.escape("\\" + hashes)
    ending = re.compile(r"%s(\(?)|%s" % (escape, quotes + hashes))
    while True:
        found = ending.search(text, start)
        if found is None:
            raise Unreadable("a string literal does not end")
        result.append("\n" * text.count("\n", start, found.start()))
        start = found.end()
        if found.group(1):
            result.append("(")
            start = _copy_code(text, start, result, True)
        elif found.group().startswith("\\"):
            start += 1
        else:
            return start


def _skip_comment(text, start, result):
    """Copies only line ends of a comment, which may contain others; returns where it ended."""
    begin, depth = start, 1
    while depth:
        found = _COMMENT.search(text, start)
        if found is None:
            raise Unreadable("a comment does not end")
        depth += 1 if found.group() == "/*" else -1
        start = found.end()
    result.append(" " + "\n" * text.count("\n", begin, start))
    return start


class Source:
    """The tokens of a file, each with its line and enclosing type, and the declared names."""

    def __init__(self, path, folder, text):
        self.path, self.folder = path, folder
        self.tokens, self.lines, self.scopes = [], [], []
        # The declared types and top-level functions, each with whether other files can use it.
        self.types, self.functions = {}, {}
        # The first tokens of the names of extensions that only declare types.
        self.namespaces = set()
        line = 1
        for token in _TOKEN.findall(code(text)):
            if token == "\n":
                line += 1
            else:
                self.tokens.append(token)
                self.lines.append(line)
        self._find_declarations()

    def _find_declarations(self):
        tokens = self.tokens
        # The open scopes: the name of each type, and for an extension, the token of the name.
        scopes, extensions, opened = [""], [None], None
        for index, token in enumerate(tokens):
            self.scopes.append(scopes[-1])
            if token == "{":
                name, extension = opened or (scopes[-1], None)
                scopes.append(name)
                extensions.append(extension)
                self.namespaces.add(extension)
                opened = None
            elif token == "}":
                scopes.pop()
                extensions.pop()
                if not scopes:
                    break
            elif token in _MEMBERS:
                self.namespaces.discard(extensions[-1])
                if token == "func" and len(scopes) == 1:
                    self.functions[tokens[index + 1]] = self._is_visible(index)
            elif not self._declares(index):
                continue
            elif token in _DECLARATIONS:
                name, after = self.path_at(index + 1)
                if token == "extension":
                    opened = name, index + 1 if tokens[after] == "{" else None
                else:
                    opened = _join(scopes[-1], name), None
                    self.types[opened[0]] = self._is_visible(index)
            elif token == "typealias":
                self.types[_join(scopes[-1], tokens[index + 1])] = self._is_visible(index)
        if len(scopes) != 1:
            raise Unreadable("the braces do not match")

    def _declares(self, index):
        """Returns whether the keyword at a token begins a declaration, unlike `class` in `class func`."""
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else ""
        return self.tokens[index - 1] not in (".", ":", "&") and _NAME.match(following) \
            and following not in _MEMBERS

    def _is_visible(self, index):
        """Returns whether other files can use the name that is declared at the keyword at a token."""
        while index > 0 and self.tokens[index - 1] in _MODIFIERS:
            index -= 1
            if self.tokens[index] in ("private", "fileprivate"):
                return False
        return True

    def path_at(self, index):
        """Returns the dotted name that begins at a token, and the index after it."""
        name = self.tokens[index]
        while index + 2 < len(self.tokens) and self.tokens[index + 1] == "." \
                and _NAME.match(self.tokens[index + 2]):
            index += 2
            name += "." + self.tokens[index]
        return name, index + 1


def _join(scope, name):
    return scope + "." + name if scope else name


class Tree:
    """All files of a module, and the folder of each declaration."""

    def __init__(self, top, module):
        self.module, self.sources, self.problems = module, [], []
        for path in sorted((top / module.sources).rglob("*.swift")):
            inner = path.relative_to(top / module.sources)
            folder = inner.parts[0] if len(inner.parts) > 1 else \
                module.top if module.top and inner.name.startswith(module.top) else None
            if inner.name == module.ignored:
                continue
            name = str(path.relative_to(top))
            if module.level(folder) is None:
                self.problems.append((name, 1, "this file is in no folder of the list"))
                continue
            try:
                self.sources.append(Source(name, folder, path.read_text()))
            except Unreadable as error:
                self.problems.append((name, 1, str(error)))
        self._types, self._functions = {}, {}
        for source in self.sources:
            for known, declared in (
                    (self._types, source.types), (self._functions, source.functions)):
                known.update((n, source.folder) for n, visible in declared.items() if visible)

    def check(self):
        """Returns all violations, each once, as (file, line, message)."""
        found = dict.fromkeys(self.problems)
        for source in self.sources:
            for line, text in self._check(source):
                found[source.path, line, text] = None
        return list(found)

    def _check(self, source):
        tokens = source.tokens
        for index, token in enumerate(tokens):
            before = tokens[index - 1] if index else ""
            if token == "CNghttp2" and before == "import" \
                    and source.folder not in self.module.users_of_c:
                yield source.lines[index], "%s imports CNghttp2; only %s may" % (
                    source.folder, " and ".join(self.module.users_of_c) or "H2")
            if before == "." or not _NAME.match(token) or index in source.namespaces:
                continue
            name, folder = self._type(source, index)
            if folder is None and tokens[index + 1:index + 2] == ["("] and before != "func" \
                    and not source.functions.get(token) is False:
                name, folder = token, self._functions.get(token)
            if folder is None or folder == source.folder:
                continue
            if self.module.level(folder) > self.module.level(source.folder):
                yield source.lines[index], "%s uses %s of %s, which is above it" % (
                    source.folder, name, folder)
            elif folder == "Engine" and source.folder != self.module.user_of_engine:
                yield source.lines[index], "%s uses %s of Engine; only %s may" % (
                    source.folder, name, self.module.user_of_engine)

    def _type(self, source, index):
        """Returns the longest type name that begins at a token, and its folder, or None twice.

        Like Swift, it looks in the types around the token first."""
        parts = source.path_at(index)[0].split(".")
        scope = source.scopes[index]
        while True:
            for count in range(len(parts), 0, -1):
                name = _join(scope, ".".join(parts[:count]))
                if source.types.get(name) is False:
                    return name, source.folder
                if name in self._types:
                    return name, self._types[name]
            if not scope:
                return None, None
            scope = scope.rpartition(".")[0]


# Files that are added to a copy of H2: (file, text, part of the message). The part is None if the file
# has no violation. The violation is in line 2, or in line 1 if the file is in no folder.
_PLANTS = (
    ("Wire/P1.swift", "struct P1 {\n    let work: Work\n}", "Wire uses Work of Limits"),
    ("Memory/P2.swift", "func p2() -> Int {\n    H2Headers().count\n}", "uses H2Headers of Values"),
    ("Fields/P3.swift", 'let p3 = [\n    "a \\(Outbox.self) b"]', "uses Outbox of Wire"),
    ("Limits/P4.swift", "extension\n    H2Connection.Planted: P {}", "H2Connection.Planted of H2"),
    ("Rules/P5.swift", "\nextension Session { func p5() {} }", "Rules uses Session of Engine"),
    ("H2ConnectionP6.swift", "extension H2Connection {\n    static let p = Session.self\n}",
     "H2Connection uses Session of Engine"),
    ("Core/P7.swift", "\ninternal import CNghttp2", "Core imports CNghttp2"),
    ("Other/P8.swift", "struct P8 {}", "in no folder"),
    ("Settings/P9.swift", "/* /* */ { */ let p9 =\n    plantedFunction(1)", "uses plantedFunction"),
    ("P10.swift", "struct P10 {}", "in no folder"),
    ("Values/P11.swift", "struct P11 {\n    func f() { _ = PlantedOuter.Inner.self }\n}",
     "uses PlantedOuter.Inner of Streams"),
    ("Memory/P13.swift", "struct P13 {}\nextension H2Limits { var p13: Int { 1 } }", "H2Limits"),
    ("Streams/P12.swift", "struct P12: PlantedProtocol,\n    PlantedAlias {}", "uses PlantedAlias"),
    # No violations.
    ("H2ConnectionPlanted.swift", "extension H2Connection { enum Planted {} }", None),
    ("Rules/PlantedFunction.swift", "func plantedFunction(_ n: Int) {}", None),
    ("Rules/PlantedAlias.swift", "typealias PlantedAlias = Sendable", None),
    ("Streams/PlantedOuter.swift", "enum PlantedOuter {\n    struct Inner { var i = 1 }\n}", None),
    ("Memory/PlantedProtocol.swift", "protocol PlantedProtocol: AnyObject {}", None),
    ("Memory/N1.swift", "// H2Headers\n/* H2Headers /* Work */ Session */\nstruct N1 {}", None),
    ("Memory/N2.swift", 'let n2 = ["H2Headers \\" Work", #"Work" \\(Work)"#]', None),
    ("Memory/N3.swift", 'let n3 = """\n    Work "Session" \\("Work")\n    """', None),
    ("Memory/N4.swift", "private struct Work {}\nprivate let n4 = Work()", None),
    ("Memory/N5.swift", "enum N5 {\n    struct Work {}\n    static let w = Work()\n}", None),
    ("Memory/N6.swift", "func n6(_ x: N5) {\n    x.plantedFunction()\n    _ = N5.Work()\n}", None),
    ("Memory/N9.swift", "extension H2Headers {\n    struct N9 { var n9 = 1 }\n}", None),
    ("Engine/N7.swift", "internal import CNghttp2", None),
    ("Core/N8.swift", "let n8 = Session.self", None),
)


# In the same way, for H2NIO.
_NIO_PLANTS = (
    ("Handler/P1.swift", "\nextension LoopStream {}", None),
    ("Handler/P2.swift", "\nlet p2 = LoopStream.self", "Handler uses LoopStream of Async"),
    ("Executor/P3.swift", "\nimport CNghttp2", "Executor imports CNghttp2; only H2 may"),
    ("Other.swift", "", "in no folder"),
    ("Async/N1.swift", "let n1 = H2Handler.self", None),
)


def self_test():
    """Returns whether exactly the planted violations are found, each at its line."""
    return all([_finds(H2, _PLANTS), _finds(H2NIO, _NIO_PLANTS)])


def _finds(module, plants):
    """Returns whether exactly the violations planted in a module are found."""
    sources = module.sources
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        shutil.copytree(sources, top / sources)
        known = collections.Counter(Tree(top, module).check())
        for name, text, _ in plants:
            (top / sources / name).parent.mkdir(exist_ok=True)
            (top / sources / name).write_text(text + "\n")
        found = [v for v in Tree(top, module).check() if v not in known]
    failed = 0
    for name, text, part in plants:
        mine = [(line, message) for file, line, message in found if file == str(sources / name)]
        line = 1 if part == "in no folder" else 2
        if part is None and not mine or \
                part and len(mine) == 1 and mine[0][0] == line and part in mine[0][1]:
            continue
        failed += 1
        print("layers: %s: expected %s, found %s" % (name, part or "no violation", mine or "none"))
    return failed == 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(0 if self_test() else 1)
    if sys.argv[1:]:
        sys.exit("layers: usage: Scripts/layers [--self-test]")
    violations = [v for module in (H2, H2NIO) for v in Tree(pathlib.Path(), module).check()]
    for violation in violations:
        print("%s:%d: %s" % violation, file=sys.stderr)
    if violations:
        sys.exit("layers: %d violations" % len(violations))


if __name__ == "__main__":
    main()
