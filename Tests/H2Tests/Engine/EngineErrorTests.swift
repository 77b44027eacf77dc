// SPDX-License-Identifier: MIT

import H2
import Testing

@Suite struct EngineErrorTests {
    /// All error codes in nghttp2's header, 1.52 to 1.70.
    private static let defined = Set<Int32>(-537 ... -501).union(-905 ... -900)
        // No release uses this number.
        .subtracting([-520])

    @Test("each error code of nghttp2 has a meaning", arguments: defined.sorted())
    func definedCodeHasMeaning(_ code: Int32) {
        let meaning = EngineError.meaning(of: code)
        #expect(meaning?.isEmpty == false)
    }

    @Test("no two error codes have the same meaning")
    func meaningsDiffer() {
        let meanings = Self.defined.compactMap { EngineError.meaning(of: $0) }
        #expect(Set(meanings).count == Self.defined.count)
    }

    @Test("no other number has a meaning")
    func otherCodesHaveNone() {
        for code in Int32(-2_000)...2_000 where !Self.defined.contains(code) {
            #expect(EngineError.meaning(of: code) == nil, "\(code)")
        }
        for code in [Int32.min, .max] { #expect(EngineError.meaning(of: code) == nil) }
    }
}
