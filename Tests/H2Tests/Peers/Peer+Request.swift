// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Peer {
    /// Returns a peer with the policies of its configuration and a request on stream 1, which a
    /// client has sent or a server has received. Its output is empty.
    static func withRequest(
        _ role: H2Configuration.Role, _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> Peer {
        var configuration = H2Configuration(role)
        change(&configuration)
        let peer = try Peer(configuration, policies: .asConfigured)
        if role == .client {
            try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        } else {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        }
        peer.sent()
        return peer
    }
}
