// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

extension Peer {
    /// Expects that the bytes reset one stream, with one RST_STREAM, and leave the connection open.
    ///
    /// - Parameters:
    ///   - isReported: Whether the reset is reported as an event. The reset of a refused promise or
    ///     request never is.
    ///   - events: The events before the reset.
    func expectReset(
        _ bytes: [UInt8], of stream: H2StreamID, _ code: H2ErrorCode, isReported: Bool = true,
        after events: [H2Event] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        sent()
        let result = receiveResult(bytes)
        #expect(result.error == nil, sourceLocation: sourceLocation)
        let reset = H2Event.streamReset(
            .init(streamID: stream, errorCode: code, isRemote: false))
        #expect(
            result.events == events + (isReported ? [reset] : []), sourceLocation: sourceLocation)
        #expect(
            sent()
                == WireReader.frames(
                    in: FrameBuilder.rstStream(stream.rawValue, code: code.rawValue)),
            sourceLocation: sourceLocation)
        #expect(connection.connectionState == .open, sourceLocation: sourceLocation)
    }
}
