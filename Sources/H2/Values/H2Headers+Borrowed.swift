// SPDX-License-Identifier: MIT

// For other representations of field sections in this package.
extension H2Headers {
    /// Calls `body` with the name and value of each field line, without creating strings.
    ///
    /// - Parameter body: Receives the known name that the name equals, if any; the name; the value;
    ///   and whether the field line must not be added to a compression table.
    package func forEachField<E: Error>(
        _ body: (KnownName?, Span<UInt8>, Span<UInt8>, _ isNeverIndexed: Bool) throws(E) -> Void
    ) throws(E) {
        for index in 0..<count {
            let line = section[index]
            try section.withBytes(line.nameOffset..<line.endOffset) { bytes throws(E) in
                let nameLength = Int(line.nameLength)
                try body(
                    line.known, bytes.extracting(first: nameLength),
                    bytes.extracting(droppingFirst: nameLength), line.isNeverIndexed)
            }
        }
    }

    /// Appends a field line from bytes.
    package mutating func append(
        name: Span<UInt8>, value: Span<UInt8>, isNeverIndexed: Bool
    ) {
        FieldSection.append(name, value, isNeverIndexed: isNeverIndexed, to: &section)
    }

    /// Creates an empty section with room for field lines and for the bytes of their names and
    /// values.
    package init(fieldCapacity: Int, byteCapacity: Int) {
        self.init(.make(fieldCapacity: fieldCapacity, byteCapacity: byteCapacity))
    }
}
