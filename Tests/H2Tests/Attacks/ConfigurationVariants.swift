// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension H2Configuration {
    /// A changed copy.
    func with(_ change: (inout H2Configuration) -> Void) -> H2Configuration {
        var changed = self
        change(&changed)
        return changed
    }

    /// A server for which a malformed message, and more than a limit allows, end the connection.
    static let strictServer = H2Configuration.server.likeH2

    /// A server that does not look at the fields of a request.
    static let uncheckedServer = H2Configuration.server.with { $0.validateInboundHeaders = false }
}
