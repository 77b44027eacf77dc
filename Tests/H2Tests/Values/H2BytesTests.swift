// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `H2Bytes` as a collection, over an array and over a field block.
@Suite struct H2BytesTests {
    /// The bytes 0 to 59, in each kind of storage.
    private static let whole: [H2Bytes] = {
        let array = [UInt8](0..<60)
        let wider = [UInt8](repeating: 99, count: 7) + array + [99, 99]
        var headers: H2Headers = [("x-before", "b")]
        headers.append(name: "n".utf8, value: array)
        return [H2Bytes(array), H2Bytes(wider[7..<67]), headers[1].valueBytes]
    }()

    /// The bytes 20 to 29, as a slice, and as a slice of a slice.
    private static let slices: [H2Bytes] = whole.flatMap { [$0[20..<30], $0[10..<50][20..<30]] }

    @Test("a slice keeps the indices of its base", arguments: slices)
    func sliceIndices(_ slice: H2Bytes) {
        #expect(slice.startIndex == 20 && slice.endIndex == 30 && slice.count == 10)
        #expect(slice.indices == 20..<30)
        for index in slice.indices { #expect(slice[index] == UInt8(index)) }
        #expect(slice.first == 20 && slice.last == 29)
        #expect(slice.dropFirst(3).startIndex == 23)
        #expect(slice.prefix(3).endIndex == 23)
        #expect(slice.suffix(2).startIndex == 28)
        #expect(slice[25...].count == 5 && slice[..<25].count == 5)
        #expect(slice[20..<20].isEmpty && slice[30..<30].isEmpty)
        #expect(slice.firstIndex(of: 23) == 23)
        #expect(slice.firstIndex(of: 30) == nil && slice.firstIndex(of: 19) == nil)
        #expect(slice.firstIndex { $0 > 24 } == 25)
        #expect(slice.lastIndex(of: 23) == 23)
        #expect(slice.contains(29) && !slice.contains(30))
    }

    @Test("each way to read a slice returns the bytes of its range", arguments: slices)
    func sliceBytes(_ slice: H2Bytes) throws {
        let expected = [UInt8](20..<30)
        #expect(Array(slice) == expected)
        #expect(ContiguousArray(slice) == ContiguousArray(expected))
        #expect([1] + slice == [1] + expected)
        var iterated: [UInt8] = []
        for byte in slice { iterated.append(byte) }
        #expect(iterated == expected)
        #expect(slice.map { $0 } == expected)
        #expect(slice.reversed() == expected.reversed())
        #expect(slice.withSpan { $0.count } == 10)
        #expect(slice.withSpan { $0[9] } == 29)
        #expect(unsafe slice.withUnsafeBytes { unsafe Array($0) } == expected)
        #expect(unsafe slice.withContiguousStorageIfAvailable { unsafe Array($0) } == expected)
        #expect(
            slice.split(separator: 24).map { Array($0) } == [
                [20, 21, 22, 23], [25, 26, 27, 28, 29],
            ])
        #expect(slice.elementsEqual(expected) && slice.starts(with: [20, 21]))
        var queue = slice
        var popped: [UInt8] = []
        while let byte = queue.popFirst() { popped.append(byte) }
        #expect(popped == expected)
    }

    @Test("equality and hash do not depend on storage or indices")
    func equality() {
        let expected = H2Bytes([UInt8](20..<30))
        for slice in Self.slices {
            #expect(slice == expected)
            #expect(slice.hashValue == expected.hashValue)
            #expect(slice != slice.dropLast())
            #expect(slice != H2Bytes([UInt8](20..<29) + [0]))
        }
        for whole in Self.whole { #expect(whole[20..<30] != whole[21..<31]) }
        #expect(H2Bytes()[0..<0] == [])
    }

    @Test("copying into a buffer that is too small returns an iterator over the rest")
    func partialCopy() {
        for slice in Self.slices {
            for capacity in 0...12 {
                var rest: [UInt8] = []
                let copied = unsafe [UInt8](unsafeUninitializedCapacity: max(1, capacity)) {
                    let target = unsafe UnsafeMutableBufferPointer(rebasing: $0[..<capacity])
                    var (iterator, end) = unsafe slice._copyContents(initializing: target)
                    $1 = end
                    while let byte = iterator.next() { rest.append(byte) }
                }
                #expect(copied == Array([UInt8](20..<30).prefix(capacity)))
                #expect(copied + rest == [UInt8](20..<30))
            }
        }
    }

    @Test("an iterator keeps the bytes alive")
    func iteratorHolds() {
        func makeIterator() -> H2Bytes.Iterator {
            H2Bytes([UInt8](repeating: 7, count: 10_000)).makeIterator()
        }
        var iterator = makeIterator()
        let other = [UInt8](repeating: 8, count: 10_000)
        var sum = 0
        while let byte = iterator.next() { sum += Int(byte) }
        #expect(sum == 70_000)
        #expect(iterator.next() == nil)
        #expect(other.count == 10_000)
    }

    @Test("a description contains the number of bytes, not their values")
    func descriptions() {
        let secret = H2Bytes(Array("password".utf8))
        #expect("\(secret)" == "H2Bytes(8 bytes)")
        #expect("\(secret[1..<2])" == "H2Bytes(1 byte)")
        #expect(String(reflecting: secret) == "H2Bytes(8 bytes)")
        #expect(String(reflecting: Optional(secret)) == "Optional(H2Bytes(8 bytes))")
        #expect("\([H2Bytes()])" == "[H2Bytes(0 bytes)]")
        #expect("\(H2Bytes([UInt8](repeating: 0, count: 1_024)))" == "H2Bytes(1024 bytes)")
    }

    @Test("an event does not print a body")
    func eventDescription() throws {
        let peer = try Peer(.server)
        let events = try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.samplePost.block)
                + FrameBuilder.data(1, Array("password".utf8)))
        #expect(events.count == 2)
        #expect("\(events)".contains("H2Bytes(8 bytes)"))
        #expect(!"\(events)".contains("112"))
    }

    @Test("sendData does not copy a slice of received bytes")
    func sendsSlice() throws {
        let payload = [UInt8](repeating: 7, count: 16_384)
        let bytes = H2Bytes(payload)
        let connection = try Peer(.client).connection
        try connection.sendHeaders(.samplePost, on: 1)
        _ = connection.dataToSend()
        try connection.sendData(bytes[1_000..<9_000], on: 1)
        let address = unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        let removed = unsafe connection.withSegmentsToSend { segments in
            let isShared = unsafe segments[1].baseAddress.map { UInt(bitPattern: $0) }
            #expect(isShared == address + 1_000)
            return .max
        }
        #expect(removed == 8_009)
        // A slice of a field is copied.
        let value = try #require(Self.whole.last)
        try connection.sendData(value[20..<30], on: 1)
        #expect(Array(connection.dataToSend().suffix(10)) == [UInt8](20..<30))
    }
}
