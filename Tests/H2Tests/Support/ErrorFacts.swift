// SPDX-License-Identifier: MIT

import H2
import Testing

/// The parts of an error that tests compare: everything but the message.
struct ErrorFacts: Hashable {
    var kind: H2Error.Kind
    var code: H2ErrorCode
    var origin: H2Error.Origin
    var streamID: H2StreamID?

    /// Returns the facts of a remote error.
    static func remote(
        _ kind: H2Error.Kind, _ code: H2ErrorCode = .protocolError, on streamID: H2StreamID? = nil
    ) -> ErrorFacts {
        ErrorFacts(kind: kind, code: code, origin: .remote, streamID: streamID)
    }

    /// Returns the facts of a local error.
    static func local(
        _ kind: H2Error.Kind, _ code: H2ErrorCode = .protocolError, on streamID: H2StreamID? = nil
    ) -> ErrorFacts {
        ErrorFacts(kind: kind, code: code, origin: .local, streamID: streamID)
    }
}

extension ErrorFacts: CustomTestStringConvertible {
    var testDescription: String {
        "\(origin) \(kind) \(code)" + (streamID.map { " on stream \($0)" } ?? "")
    }
}

extension H2Error {
    var facts: ErrorFacts {
        ErrorFacts(kind: kind, code: errorCode, origin: origin, streamID: streamID)
    }
}

/// Returns the error that a call throws, or `nil`.
func failure(of call: () throws(H2Error) -> Void) -> H2Error? {
    do throws(H2Error) {
        try call()
        return nil
    } catch {
        return error
    }
}
