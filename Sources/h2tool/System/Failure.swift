// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A message for the user.
package struct Failure: Error, CustomStringConvertible {
    package let description: String
    /// The `errno` of the system call that failed; `nil` if none did.
    let code: Int32?

    package init(_ description: String, code: Int32? = nil) {
        self.description = description
        self.code = code
    }

    /// Returns a failure with the operating system's message for `code`, about `subject`.
    static func system(_ subject: String, _ code: Int32 = errno) -> Failure {
        unsafe Failure("\(subject): \(String(cString: strerror(code)))", code: code)
    }

    var isBrokenPipe: Bool { code == EPIPE }
    var isConnectionRefused: Bool { code == ECONNREFUSED }
    var isTimeout: Bool { code == ETIMEDOUT }
    var isAddressInUse: Bool { code == EADDRINUSE }
    var isAddressUnavailable: Bool { code == EADDRNOTAVAIL }
    var isPermissionDenied: Bool { code == EACCES }
    var isNotFound: Bool { code == ENOENT }
    var isNotDirectory: Bool { code == ENOTDIR }
}
