// SPDX-License-Identifier: MIT

package import H2

/// What `Pair` and `Peer` found wrong with the library by themselves.
public struct PairError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found.
    public let text: String

    /// Makes an error with that text.
    public init(_ text: String) { self.text = text }

    public var description: String { text }

    /// Throws unless the connection agrees with itself and with its engine.
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
