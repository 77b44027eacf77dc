// SPDX-License-Identifier: MIT

/// The directory that is served: finds and opens what is below it.
struct Root {
    /// Without symbolic links, and with a slash at the end.
    private let path: String
    let descriptor: Descriptor

    init(_ directory: String) throws(Failure) {
        guard let real = realPath(directory + "/.") else { throw .system(directory) }
        path = real == "/" ? real : real + "/"
        descriptor = try Descriptor(opening: real)
    }

    /// Resolves symbolic links. Returns the path below the root, "." for the root itself; nil if
    /// there is no such file, or it is elsewhere.
    func resolve(_ relative: String) -> String? {
        // Bytes are compared: a `String` equals other spellings of the same characters.
        guard let real = realPath(path + relative), (real + "/").utf8.starts(with: path.utf8)
        else { return nil }
        let below = real.utf8.dropFirst(path.utf8.count)
        return below.isEmpty ? "." : String(below)
    }

    /// Opens what `resolve` returned, segment by segment, so that a symbolic link that was put there
    /// in the meantime is not followed.
    func open(_ resolved: String) throws(Failure) -> Descriptor {
        var place: Descriptor?
        for name in resolved.utf8.split(separator: UInt8(ascii: "/")) {
            place = try Descriptor(opening: String(name) ?? "", in: place ?? descriptor)
        }
        guard let place else { throw Failure("empty path") }
        return place
    }
}
