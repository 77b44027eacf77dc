// SPDX-License-Identifier: MIT

import H2

extension H2Configuration {
    /// A changed copy.
    func with(_ change: (inout H2Configuration) -> Void) -> H2Configuration {
        var changed = self
        change(&changed)
        return changed
    }

    /// A server for which a malformed message ends only its stream.
    static let resettingServer = H2Configuration.server.with {
        $0.malformedMessages = .resetStream
    }

    /// A server that does not look at the fields of a request.
    static let uncheckedServer = H2Configuration.server.with { $0.validateInboundHeaders = false }
}
