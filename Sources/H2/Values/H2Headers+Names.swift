// SPDX-License-Identifier: MIT

// MARK: Appending

extension H2Headers {
    /// Appends a field line whose value is text, encoded as UTF-8.
    public mutating func append(
        _ name: H2FieldName, _ value: String, indexing: H2Header.Indexing = .automatic
    ) {
        value.utf8.withBytes { append(name, $0, indexing: indexing) }
    }

    /// Appends a field line whose value is text, encoded as UTF-8.
    public mutating func append(
        _ name: H2FieldName, _ value: Substring, indexing: H2Header.Indexing = .automatic
    ) {
        value.utf8.withBytes { append(name, $0, indexing: indexing) }
    }

    /// Appends a field line whose value is a number, written in decimal.
    public mutating func append(
        _ name: H2FieldName, _ value: some BinaryInteger, indexing: H2Header.Indexing = .automatic
    ) {
        append(name, String(value), indexing: indexing)
    }

    /// Appends a field line whose value is given as bytes.
    public mutating func append(
        _ name: H2FieldName, _ value: some Collection<UInt8>,
        indexing: H2Header.Indexing = .automatic
    ) {
        value.withBytes { append(name, $0, indexing: indexing) }
    }

    /// Appends a field line whose value is given as bytes.
    @inline(never)
    public mutating func append(
        _ name: H2FieldName, _ value: Span<UInt8>, indexing: H2Header.Indexing = .automatic
    ) {
        let isNeverIndexed = indexing == .never
        guard case .known(let known) = name.storage else {
            return appendUnknown(name, value, isNeverIndexed: isNeverIndexed)
        }
        known.withBytes {
            FieldSection.append(
                $0, RecognizedName(known), value, isNeverIndexed: isNeverIndexed, to: &section)
        }
    }

    @inline(never)
    private mutating func appendUnknown(
        _ name: H2FieldName, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) {
        name.withBytes {
            FieldSection.append(
                $0, RecognizedName(unknown: $0), value, isNeverIndexed: isNeverIndexed,
                to: &section)
        }
    }

    /// Appends a field line from text, encoded as UTF-8.
    public mutating func append(
        _ name: String, _ value: String, indexing: H2Header.Indexing = .automatic
    ) {
        append(name: name.utf8, value: value.utf8, indexing: indexing)
    }

    /// Appends a field line from bytes.
    public mutating func append(
        name: some Collection<UInt8>, value: some Collection<UInt8>,
        indexing: H2Header.Indexing = .automatic
    ) {
        name.withBytes { name in
            value.withBytes { value in
                FieldSection.append(
                    name, value, isNeverIndexed: indexing == .never, to: &section)
            }
        }
    }
}

// MARK: Looking up

extension H2Headers {
    /// The value of the first field line with this name, or `nil` if there is none.
    ///
    /// Setting a value replaces the value of the first field line with this name, which keeps its
    /// position and indexing, and removes all others with this name. If there is none, setting a
    /// value appends a field line; a pseudo-header field is inserted before the regular fields
    /// instead, as RFC 9113 §8.3 requires. Setting `nil` removes all field lines with this name.
    public subscript(name: H2FieldName) -> String? {
        get {
            guard let index = firstIndex(ofName: name) else { return nil }
            return section.withValue(at: index) { $0.text }
        }
        set { set(name, newValue) }
    }

    /// The value of the first field line with this name, or `nil` if there is none.
    ///
    /// Setting a value has the same effect as with ``H2FieldName``. Use lowercase names:
    /// `headers["Content-Length"]` does not find `content-length`, although normalization makes
    /// both the same name when they are sent.
    public subscript(name: String) -> String? {
        get {
            guard let index = firstIndex(ofName: name) else { return nil }
            return section.withValue(at: index) { $0.text }
        }
        set { set(H2FieldName(name), newValue) }
    }

    /// The values of all field lines with this name, in order.
    public subscript(all name: H2FieldName) -> [String] {
        values(of: name)
    }

    /// The values of all field lines with this name, in order.
    public subscript(all name: String) -> [String] {
        values(of: H2FieldName(name))
    }

    /// The value of the first `:status` as a number, RFC 9110 §15; `nil` if there is none, or if
    /// its value is not three digits.
    ///
    /// Setting a number sets `headers[.status]` to its decimal digits, and setting `nil` removes
    /// the field line. H2 checks that the number is 100 to 999 when the section is sent.
    public var status: Int? {
        get {
            guard let index = section.firstIndex(of: .status) else { return nil }
            return section.withValue(at: index) { $0.count == 3 ? $0.decimal : nil }
        }
        set { self[.status] = newValue.map { String($0) } }
    }

    /// Returns the index of the first field line with this name, or `nil` if there is none.
    @inline(__always)
    public func firstIndex(ofName name: H2FieldName) -> Int? {
        if case .known(let known) = name.storage { return section.firstIndex(ofKnownName: known) }
        return firstIndex(ofUnknown: name)
    }

    @inline(never)
    private func firstIndex(ofUnknown name: H2FieldName) -> Int? {
        name.withBytes { section.firstIndex(ofName: $0) }
    }

    /// Returns the index of the first field line with this name, or `nil` if there is none.
    public func firstIndex(ofName name: String) -> Int? {
        name.utf8.withBytes { section.firstIndex(ofName: $0) }
    }

    private func values(of name: H2FieldName) -> [String] {
        name.withBytes { name in
            var values: [String] = []
            var next = 0
            while let index = section.firstIndex(ofName: name, from: next) {
                values.append(section.withValue(at: index) { $0.text })
                next = index + 1
            }
            return values
        }
    }

    private mutating func set(_ name: H2FieldName, _ value: String?) {
        guard let first = firstIndex(ofName: name) else {
            if let value { insert(name, value) }
            return
        }
        guard let value else { return removeFields(named: name, from: first) }
        removeFields(named: name, from: first + 1)
        var field = H2Headers()
        field.append(name, value, indexing: self[first].indexing)
        replace(first..<first + 1, with: field)
    }

    /// Inserts a pseudo-header field before the regular fields, or appends a regular field.
    private mutating func insert(_ name: H2FieldName, _ value: String) {
        guard name.isPseudoHeader, section.facts.hasRegular else { return append(name, value) }
        let position = (0..<count).first { !section[$0].kind.isPseudo } ?? count
        var field = H2Headers()
        field.append(name, value)
        replace(position..<position, with: field)
    }

    /// Removes the field lines with this name whose index is `first` or higher.
    private mutating func removeFields(named name: H2FieldName, from first: Int) {
        name.withBytes { name in
            guard let index = section.firstIndex(ofName: name, from: first) else { return }
            guard section.firstIndex(ofName: name, from: index + 1) != nil else {
                return replace(index..<index + 1, with: [])
            }
            keep { [section] index in index < first || !section.hasName(name, at: index) }
        }
    }
}
