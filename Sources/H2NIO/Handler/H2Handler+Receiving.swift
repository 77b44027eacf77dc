// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

/// Turning received bytes into calls of the delegate.
extension H2Handler {
    /// Processes bytes, now or after the current call of the delegate.
    func receive(_ buffer: ByteBuffer) {
        guard !isDelivering else { return waitingInput.append(.bytes(buffer)) }
        process(buffer)
        processWaitingInput()
    }

    /// Handles the end of the transport, now or after the current call of the delegate.
    func transportEnded() {
        guard !isDelivering else { return waitingInput.append(.end) }
        end()
        waitingInput = []
    }

    private func processWaitingInput() {
        while !waitingInput.isEmpty {
            switch waitingInput.removeFirst() {
            case .bytes(let buffer): process(buffer)
            case .readComplete: endBurst()
            case .end: end()
            }
        }
    }

    private func process(_ buffer: ByteBuffer) {
        guard phase == .active else { return }
        var rest = buffer
        while let part = assembly.next(&rest, maxPayload: connection.maxInboundFrameSize) {
            process(part: part)
            guard phase == .active else { return }
        }
        if assembly.isJoining { connection.noteReceivedBytes(1, at: now) }
    }

    private func process(part: ByteBuffer) {
        // Moved out: the delegate may call the handler.
        var inbound = InboundBytes()
        swap(&inbound, &self.inbound)
        defer { swap(&inbound, &self.inbound) }
        var failure: H2Error?
        do throws(H2Error) {
            try inbound.process(part, with: connection, at: now)
        } catch {
            failure = error
        }
        delivering {
            for index in inbound.events.indices {
                // Moved out: copying and destroying events takes 1 % of the time of a request.
                var event = H2Event.connectionDrained
                swap(&event, &inbound.events[index])
                if case .dataReceived(let data) = event {
                    deliver(data, inbound.payload(of: data, at: index, in: part))
                } else {
                    deliver(event)
                }
            }
        }
        inbound.events.removeAll(keepingCapacity: true)
        if let failure { finish(failure) }
    }

    /// Delivers events that calls or deadlines caused, or the end of the connection.
    func deliver(_ events: [H2Event]) {
        guard !events.isEmpty else { return }
        let isNested = isDelivering
        delivering {
            for event in events {
                if case .dataReceived(let data) = event {
                    deliver(data, ByteBuffer(data.data))
                } else {
                    deliver(event)
                }
            }
        }
        if !isNested { processWaitingInput() }
    }

    private func delivering(_ body: () -> Void) {
        let isNested = isDelivering
        isDelivering = true
        body()
        isDelivering = isNested
    }

    private func deliver(_ event: H2Event) {
        delegate?.received(event, on: self)
        if case .connectionDrained = event { finish(nil) }
    }

    private func deliver(_ event: H2Event.DataReceived, _ payload: ByteBuffer) {
        delegate?.received(
            H2ReceivedData(
                streamID: event.streamID, data: payload,
                flowControlledLength: event.flowControlledLength, endsStream: event.endsStream),
            on: self)
    }
}
#endif
