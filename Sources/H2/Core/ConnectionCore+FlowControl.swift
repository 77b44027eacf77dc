// SPDX-License-Identifier: MIT

/// Windows that the caller asks for and opens.
extension ConnectionCore {
    mutating func acknowledgeReceivedData(_ size: Int, on id: H2StreamID) throws(H2Error) {
        try checkInitiated()
        guard size >= 0, id != .connection else {
            throw .local(.invalidArgument, on: id, "a size of 0 or more, and a stream, are needed")
        }
        try checkRange(of: id)
        let slot = streams.find(id.rawValue)
        guard slot != nil || !isIdle(id.rawValue) else {
            throw .local(.noSuchStream, on: id, "there is no such stream")
        }
        guard !isTerminated else {
            throw .local(.protocolViolation, on: id, "the connection is closed")
        }
        budgets.windowOpened(min(size, receiveWindow.held))
        receiveWindow.acknowledge(size)
        creditConnection()
        guard let slot, streams[slot].machine.isOpen else { return }
        streams[slot].receiveWindow.acknowledge(size)
        creditStream(at: slot)
    }

    mutating func incrementFlowControlWindow(
        by increment: Int, on id: H2StreamID
    ) throws(H2Error) {
        guard 1...ReceiveWindow.limit ~= increment else {
            throw .local(.invalidArgument, on: id, "an increment is 1 to 2^31-1")
        }
        _ = try ready(for: .sendWindowUpdate)
        let slot = id == .connection ? nil : try slot(of: id)
        if let slot {
            var stream = streams[slot].machine
            try check(stream.process(.sendWindowUpdate), on: id)
        }
        let window = slot.map { streams[$0].receiveWindow } ?? receiveWindow
        let growth = slot == nil ? 0 : local.announcedWindowGrowth
        guard window.canOpen(by: increment, announced: growth) else {
            throw .local(
                .flowControl, .flowControlError, on: id, "a window cannot exceed 2^31-1 bytes")
        }
        FrameWriter.windowUpdate(increment, on: id.rawValue, into: &output)
        budgets.windowOpened(increment)
        if let slot {
            streams[slot].receiveWindow.open(by: increment)
        } else {
            receiveWindow.open(by: increment)
        }
    }

    func localFlowControlWindow(on id: H2StreamID) throws(H2Error) -> Int {
        let slot = try slot(of: id)
        return min(sendWindow, streams[slot].sendWindow)
    }

    func remoteFlowControlWindow(on id: H2StreamID) throws(H2Error) -> Int {
        let slot = try slot(of: id)
        return min(receiveWindow.available, streams[slot].receiveWindow.available)
    }
}
