// SPDX-License-Identifier: MIT

import H2
import Testing

/// What tests compare of an error: everything but the words.
struct ErrorFacts: Hashable {
    var kind: H2Error.Kind
    var code: H2ErrorCode
    var origin: H2Error.Origin
    var streamID: H2StreamID?

    /// What the peer did wrong.
    static func remote(
        _ kind: H2Error.Kind, _ code: H2ErrorCode = .protocolError, on streamID: H2StreamID? = nil
    ) -> ErrorFacts {
        ErrorFacts(kind: kind, code: code, origin: .remote, streamID: streamID)
    }

    /// What the caller did wrong.
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

/// The error that a call throws, or nil.
func failure(of call: () throws(H2Error) -> Void) -> H2Error? {
    do throws(H2Error) {
        try call()
        return nil
    } catch {
        return error
    }
}
