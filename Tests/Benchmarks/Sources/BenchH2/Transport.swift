// SPDX-License-Identifier: MIT

import H2

/// Hands all bytes over, and tells whether there were any: the one place that does, so that a
/// cheaper way can be tried here.
@inline(__always)
func carry(
    _ sender: H2Connection, to receiver: H2Connection, into events: inout [H2Event]
) throws(H2Error) -> Bool {
    let bytes = sender.dataToSend()
    if bytes.isEmpty { return false }
    try receiver.receiveData(bytes, into: &events)
    return true
}
