// SPDX-License-Identifier: MIT

/// An Adler-32 checksum, RFC 1950.
public struct Adler: Sendable {
    private var a: UInt32 = 1
    private var b: UInt32 = 0

    public init() {}

    public var value: UInt32 { b << 16 | a }

    public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
    }

    public mutating func addField(_ name: some Sequence<UInt8>, _ value: some Sequence<UInt8>) {
        add(name)
        add([0])
        add(value)
        add([0])
    }
}

/// What all clients, or all servers, of a run received.
public struct Tally: Sendable {
    public var messages = 0
    public var fields = 0
    public var fieldSum = 0
    public var bytes = 0
    public var sum = 0
    /// The total length in bytes of all values that the application looked up.
    public var found = 0
    public var body = Adler()

    public init() {}

    /// Records part of a body.
    @inlinable
    public mutating func add(_ data: UnsafeRawBufferPointer, isFull: Bool) {
        if isFull {
            body.add(data)
        } else {
            sum &+= Self.sample(data, at: bytes)
        }
        bytes += data.count
    }

    /// Records the end of a message.
    @inlinable
    public mutating func endMessage(isFull: Bool) {
        messages += 1
        if isFull {
            sum += Int(body.value)
            body = Adler()
        }
    }

    /// Sums every 64th byte, which reads each cache line of the body.
    @inlinable
    static func sample(_ data: UnsafeRawBufferPointer, at offset: Int) -> Int {
        var sum = 0
        var index = (0 &- offset) & 63
        while index < data.count {
            sum &+= Int(data[index])
            index &+= 64
        }
        return sum
    }

    var json: String {
        """
        {"messages": \(messages), "fields": \(fields), "fieldSum": \(fieldSum), \
        "bytes": \(bytes), "sum": \(sum), "found": \(found)}
        """
    }
}
