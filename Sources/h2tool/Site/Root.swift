// SPDX-License-Identifier: MIT

/// The served directory. It resolves and opens paths below it.
struct Root {
    /// The absolute path, without symbolic links and with a slash at the end.
    private let path: String
    let descriptor: Descriptor

    init(_ directory: String) throws(Failure) {
        guard let real = realPath(directory + "/.") else { throw .system(directory) }
        path = real == "/" ? real : real + "/"
        descriptor = try Descriptor(opening: real)
    }

    /// Resolves symbolic links. Returns the path below the root, "." for the root itself; `nil` if
    /// the file does not exist, or is outside the root.
    func resolve(_ relative: String) -> String? {
        // Compare bytes: a `String` also equals other encodings of the same characters.
        guard let real = realPath(path + relative), (real + "/").utf8.starts(with: path.utf8)
        else { return nil }
        let below = real.utf8.dropFirst(path.utf8.count)
        return below.isEmpty ? "." : String(below)
    }

    /// Opens a path that `resolve` returned, segment by segment, so that a symbolic link that was
    /// created in the meantime is not followed.
    func open(_ resolved: String) throws(Failure) -> Descriptor {
        var place: Descriptor?
        for name in resolved.utf8.split(separator: UInt8(ascii: "/")) {
            place = try Descriptor(opening: String(name) ?? "", in: place ?? descriptor)
        }
        guard let place else { throw Failure("empty path") }
        return place
    }
}
