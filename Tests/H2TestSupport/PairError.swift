// SPDX-License-Identifier: MIT

package import H2

/// A problem of the library that `Pair`, `Peer` or a fuzz target found.
public struct PairError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A description of the problem.
    public let text: String

    /// Creates an error with this text.
    public init(_ text: String) { self.text = text }

    public var description: String { text }

    /// Throws if the connection's state differs from nghttp2's, or nghttp2 reacted unexpectedly.
    package static func check(_ connection: H2Connection) throws(PairError) {
        let side = connection.configuration.role == .client ? "client" : "server"
        let differences = connection.audit()
        guard differences.isEmpty else {
            throw PairError("audit of the \(side): " + differences.joined(separator: "; "))
        }
        let count = connection.unexpectedReactions
        guard count == 0 else { throw PairError("\(count) unexpected reactions of the \(side)") }
    }
}
