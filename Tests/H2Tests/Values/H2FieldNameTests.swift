// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct H2FieldNameTests {
    @Test("a common name created from text or bytes equals the static member")
    func known() {
        for known in KnownName.allCases {
            let text = known.text.description
            let name = H2FieldName(text)
            #expect(name.known == known, "\(text)")
            #expect(name == H2FieldName(known))
            #expect(H2FieldName(bytes: Array(text.utf8)) == name)
            #expect(name.description == text)
            #expect(name.bytes == Array(text.utf8))
            #expect(name.isPseudoHeader == text.hasPrefix(":"))
        }
        #expect(H2FieldName.contentType == "content-type")
        #expect(H2FieldName.path == ":path")
        #expect(H2FieldName.eTag == "etag")
    }

    @Test(
        "a name that differs from a common one in one byte is not mistaken for it",
        arguments: KnownName.allCases)
    func almostKnown(_ known: KnownName) {
        let bytes = Array(known.text.description.utf8)
        for index in bytes.indices {
            for changed in [bytes[index] ^ 1, bytes[index] ^ 0x20, 0, 0xff] {
                var bytes = bytes
                bytes[index] = changed
                let name = H2FieldName(bytes: bytes)
                // Only a name with exactly these bytes may be recognized.
                if let known = name.known { #expect(Array(known.text.description.utf8) == bytes) }
                #expect(name.bytes == bytes)
            }
        }
        #expect(H2FieldName(bytes: bytes.dropLast()).bytes == bytes.dropLast())
        #expect(H2FieldName(bytes: bytes + [0]).known == nil)
    }

    @Test(
        "a name keeps any bytes",
        arguments: [[], [0], [0x3a], [0xff, 0xfe], [0xc3, 0xa9]] as [[UInt8]])
    func anyBytes(_ bytes: [UInt8]) {
        let name = H2FieldName(bytes: bytes)
        #expect(name.bytes == bytes)
        #expect(name == H2FieldName(bytes: bytes))
        #expect(Set([name, H2FieldName(bytes: bytes)]).count == 1)
        #expect(name != .path)
        var headers = H2Headers()
        headers.append(name, "value")
        #expect(headers[0].nameBytes.elementsEqual(bytes))
        #expect(headers[0].fieldName == name)
        #expect(headers[name] == "value")
    }

    @Test("names are compared byte by byte, not as Unicode text")
    func canonicalEquivalence() {
        let (composed, decomposed) = ("x-\u{e9}", "x-e\u{301}")
        #expect(composed == decomposed)
        #expect(H2FieldName(composed) != H2FieldName(decomposed))
        #expect(Set([H2FieldName(composed), H2FieldName(decomposed)]).count == 2)
        #expect(H2FieldName("Content-Type") != .contentType)
    }
}
