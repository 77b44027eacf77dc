// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension H2Configuration {
    /// Returns a changed copy.
    func with(_ change: (inout H2Configuration) -> Void) -> H2Configuration {
        var changed = self
        change(&changed)
        return changed
    }

    /// A server for which malformed messages and exceeded limits end the connection.
    static let strictServer = H2Configuration.server.likeH2

    /// A server that does not validate the fields of requests.
    static let uncheckedServer = H2Configuration.server.with { $0.validateInboundHeaders = false }
}
