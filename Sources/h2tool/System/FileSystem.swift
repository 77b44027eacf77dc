// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The kind of a file, and properties that distinguish its versions.
struct FileStatus: Equatable {
    enum Kind { case file, directory, other }

    let kind: Kind
    /// The size in bytes.
    let size: Int
    private let device: UInt64
    private let inode: UInt64
    /// When the content and when the metadata last changed: nanoseconds since 1970.
    private let modified: Int
    private let changed: Int

    /// Follows symbolic links. Returns `nil` if the file does not exist.
    init?(of path: String, in directory: Descriptor) {
        var status = stat()
        guard unsafe fstatat(directory.raw, path, &status, 0) == 0 else { return nil }
        self.init(status)
    }

    init?(of descriptor: Descriptor) {
        var status = stat()
        guard unsafe fstat(descriptor.raw, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        default: kind = .other
        }
        size = Int(status.st_size)
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        #if os(Linux)
        let (content, metadata) = (status.st_mtim, status.st_ctim)
        #else
        let (content, metadata) = (status.st_mtimespec, status.st_ctimespec)
        #endif
        modified = content.tv_sec * 1_000_000_000 + content.tv_nsec
        changed = metadata.tv_sec * 1_000_000_000 + metadata.tv_nsec
    }

    /// Returns whether both are the same file, and its content was not written to in between.
    func hasSameContent(as other: FileStatus) -> Bool {
        (device, inode, size, modified) == (other.device, other.inode, other.size, other.modified)
    }

    /// Returns whether the last change is at least this many nanoseconds ago.
    func isSettled(for nanoseconds: Int) -> Bool {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1_000_000_000 + now.tv_nsec - changed >= nanoseconds
    }
}

/// Returns an absolute path without symbolic links; `nil` if the file does not exist, or its name
/// is not UTF-8.
func realPath(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(validatingCString: real)
}

/// Calls `body` with each name in a directory, and whether the name is known to be a directory's,
/// until `body` returns false.
///
/// - Parameter directory: A descriptor that was not listed before, because listing moves its
///   position.
func forEachName(
    in directory: Descriptor, _ body: (Span<UInt8>, _ isDirectory: Bool) -> Bool
) throws(Failure) {
    let copy = fcntl(directory.raw, F_DUPFD_CLOEXEC, 0)
    if copy < 0 { throw .system("fcntl") }
    guard let stream = unsafe fdopendir(copy) else {
        let code = errno
        _ = close(copy)
        throw .system("fdopendir", code)
    }
    defer { _ = unsafe closedir(stream) }
    while let entry = unsafe readdir(stream) {
        var isDirectory = unsafe Int32(entry.pointee.d_type) == Int32(DT_DIR)
        // Some file systems do not report the type.
        if unsafe Int32(entry.pointee.d_type) == Int32(DT_UNKNOWN) {
            var status = stat()
            isDirectory =
                unsafe fstatat(
                    directory.raw, &entry.pointee.d_name.0, &status, AT_SYMLINK_NOFOLLOW) == 0
                && status.st_mode & S_IFMT == S_IFDIR
        }
        let shouldContinue = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            let length = unsafe bytes.firstIndex(of: 0) ?? bytes.count
            let name = unsafe Span<UInt8>(_unsafeBytes: bytes[..<length])
            return body(name, isDirectory)
        }
        if !shouldContinue { return }
    }
}
