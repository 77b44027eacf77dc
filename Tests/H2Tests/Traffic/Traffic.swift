// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A pattern of correct traffic, which must never end the connection.
///
/// A pattern is a small program that runs on a connection with the default limits, once for each
/// role in which it makes sense, without a clock and with a realistic one.
struct Traffic: Sendable, CustomTestStringConvertible {
    typealias Program = @Sendable (Scene) throws -> Void

    /// Whether the connection is passed the time.
    enum Clock: String, Sendable, CaseIterable {
        case none = "no clock"
        case realistic = "a clock"
    }

    /// The traffic that it models, as a sentence about the peer.
    let name: String
    /// The roles of the connection under test.
    let roles: [H2Configuration.Role]
    let clocks: [Clock]
    let configuration: @Sendable (inout H2Configuration) -> Void
    /// The settings that the peer announces.
    let settings: [(UInt16, UInt32)]
    let run: Program

    var testDescription: String { name }

    /// - Parameters:
    ///   - roles: The roles of the connection under test.
    ///   - clocks: Without a clock and with one, unless the Security article says that a pattern
    ///     needs a clock.
    ///   - configuration: The program's configuration; it keeps the default limits.
    ///   - settings: The settings that the peer announces.
    init(
        _ name: String, _ roles: H2Configuration.Role..., clocks: [Clock] = Clock.allCases,
        configuration: @escaping @Sendable (inout H2Configuration) -> Void = { _ in },
        settings: [(UInt16, UInt32)] = [], run: @escaping Program
    ) {
        self.name = name
        self.roles = roles
        self.clocks = clocks
        self.configuration = configuration
        self.settings = settings
        self.run = run
    }

    /// All patterns.
    static let all: [Traffic] =
        keepalive + windowUpdates + smallData + sections + resets + streams + cancellation
        + browsers + serverEvents + grpc + grpcStreams + proxies + transfers + tunnels
}

/// A pattern in one of its variants.
struct TrafficVariant: Sendable, CustomTestStringConvertible {
    let traffic: Traffic
    let role: H2Configuration.Role
    let clock: Traffic.Clock

    var testDescription: String {
        "\(traffic.name) (\(role == .server ? "server" : "client"), \(clock.rawValue))"
    }

    static let all: [TrafficVariant] = Traffic.all.flatMap { traffic in
        traffic.roles.flatMap { role in
            traffic.clocks.map { TrafficVariant(traffic: traffic, role: role, clock: $0) }
        }
    }
}
