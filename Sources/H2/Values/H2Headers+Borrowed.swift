// SPDX-License-Identifier: MIT

// For other representations of field sections in this package.
extension H2Headers {
    /// Calls `body` with the name and value of each field line, without creating strings, until it
    /// returns false.
    ///
    /// - Parameter body: Receives the known name that the name equals, if any; the name; the value;
    ///   and whether the field line must not be added to a compression table.
    // Not generic over errors: other modules cannot specialize it.
    package func forEachField(
        _ body: (KnownName?, Span<UInt8>, Span<UInt8>, _ isNeverIndexed: Bool) -> Bool
    ) {
        let section = section
        var isWanted = true
        var index = 0
        while isWanted, index < section.count {
            let line = section[index]
            isWanted = section.withBytes(line.nameOffset..<line.endOffset) { bytes in
                let nameLength = Int(line.nameLength)
                return body(
                    line.known, bytes.extracting(first: nameLength),
                    bytes.extracting(droppingFirst: nameLength), line.isNeverIndexed)
            }
            index += 1
        }
    }

    /// Whether the first `:method` is HEAD.
    package var isHeadRequest: Bool { section.facts.method == .head }

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
