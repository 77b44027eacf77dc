// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import NIOCore

/// A delegate that records its calls, and can react to them.
final class RecordingDelegate: H2HandlerDelegate {
    /// A call of the delegate.
    enum Call: Hashable {
        case started
        case event(H2Event)
        case data(H2StreamID, [UInt8], flowControlledLength: Int, endsStream: Bool)
        case burstEnded
        case ended
    }

    private(set) var calls: [Call] = []
    /// The received payloads.
    private(set) var payloads: [ByteBuffer] = []
    /// The error of each call of `connectionEnded`.
    private(set) var errors: [(any Error)?] = []

    /// Whether payloads are kept. Otherwise, the delegate only counts their bytes.
    var keepsPayloads = true
    private(set) var receivedByteCount = 0

    var onStart: ((H2Handler) -> Void)?
    var onEvent: ((H2Event, H2Handler) -> Void)?
    var onData: ((H2ReceivedData, H2Handler) -> Void)?
    var onBurstEnd: ((H2Handler) -> Void)?
    var onEnd: ((H2Handler) -> Void)?

    func connectionStarted(_ handler: H2Handler) {
        calls.append(.started)
        onStart?(handler)
    }

    func received(_ event: H2Event, on handler: H2Handler) {
        calls.append(.event(event))
        onEvent?(event, handler)
    }

    func received(_ data: H2ReceivedData, on handler: H2Handler) {
        receivedByteCount += data.data.readableBytes
        if keepsPayloads {
            payloads.append(data.data)
            calls.append(
                .data(
                    data.streamID, Array(data.data.readableBytesView),
                    flowControlledLength: data.flowControlledLength, endsStream: data.endsStream
                ))
        }
        onData?(data, handler)
    }

    func readBurstEnded(_ handler: H2Handler) {
        calls.append(.burstEnded)
        onBurstEnd?(handler)
    }

    func connectionEnded(_ handler: H2Handler, error: (any Error)?) {
        calls.append(.ended)
        errors.append(error)
        onEnd?(handler)
    }

    /// The events other than DATA.
    var events: [H2Event] {
        calls.compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    /// The calls for events and DATA, which do not depend on how the bytes are split into reads.
    var received: [Call] {
        calls.filter {
            switch $0 {
            case .event, .data: true
            default: false
            }
        }
    }

    /// The error of the connection if it has ended exactly once with an `H2Error`.
    var error: H2Error? { errors.count == 1 ? errors[0] as? H2Error : nil }

    func forget() {
        calls = []
        payloads = []
    }
}
#endif
