// SPDX-License-Identifier: MIT

import Foundation
import H2

/// A fault that `Scripts/fuzz --self-test` plants in the fuzzer, which must find it.
///
/// The environment variable H2_PLANTED_FAULT contains its name and is usually unset. For the C ABI,
/// CFuzzInterface.c plants the same faults.
enum PlantedFault: String {
    /// Reads past the end of the received bytes. The address sanitizer finds it.
    case read
    /// Counts one received byte too many. A comparison of windows finds it.
    case window
    /// Reads nghttp2's memory after it is freed. The address sanitizer finds it with
    /// H2_PLAIN_MALLOC only, because otherwise the freed block stays in a pool.
    case freed

    private static let planted = ProcessInfo.processInfo.environment["H2_PLANTED_FAULT"]
        .flatMap(PlantedFault.init)

    /// Commits the fault if a connection received bytes that trigger it. No seed of the fuzzer does.
    ///
    /// Padded DATA triggers `window`, depending on its length; a PING at the end of the bytes
    /// triggers `read` and `freed`, depending on its second-to-last byte.
    ///
    /// - Parameter isTrigger: Whether that length or byte triggers the fault.
    static func commit(
        on connection: H2Connection, received bytes: [UInt8], events: ArraySlice<H2Event>,
        if isTrigger: (Int) -> Bool
    ) {
        guard let planted else { return }
        for event in events {
            switch event {
            case .dataReceived(let data) where planted == .window:
                let length = data.flowControlledLength
                let isPadded = length > data.data.count + 1
                if isPadded, isTrigger(length) { connection.state.flow.receive.receive(1) }
            case .pingReceived(let ping) where bytes.suffix(8).elementsEqual(ping.data.bytes):
                let number = Int(ping.data.bytes[6])
                guard isTrigger(number) else { break }
                if planted == .read { readPastEnd(bytes, count: number) }
                if planted == .freed { readFreedBlock(of: connection) }
            default: break
            }
        }
    }

    private static func readFreedBlock(of connection: H2Connection) {
        #if H2_PLAIN_MALLOC
        fatalError("no sanitizer reported the read of \(connection.readFreedBlock())")
        #endif
    }

    private static func readPastEnd(_ bytes: [UInt8], count: Int) {
        let read = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe Array(UnsafeBufferPointer(start: buffer.baseAddress, count: bytes.count + count))
        }
        fatalError("no sanitizer reported the read of \(read)")
    }
}
