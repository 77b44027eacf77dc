// SPDX-License-Identifier: MIT

import Glibc

/// How bytes are cut into pieces before they are received.
public enum Cut: Hashable, Sendable {
    /// Not cut.
    case whole
    /// Into pieces of this many bytes; the last one may be shorter.
    case every(Int)
    /// Into pieces of random length, most of them short.
    case random(seed: UInt64)

    /// The cuts that a test should use: whole, 1 byte, 7 bytes, random.
    public static let all: [Cut] = [.whole, .every(1), .every(7), .random(seed: 1)]

    /// The default cut of a pair or a peer: whole, or pieces of `H2_TEST_CUT` bytes if that
    /// variable is set, so that all tests can be run with cut bytes.
    public static let standard: Cut = {
        guard let text = unsafe getenv("H2_TEST_CUT"),
            let size = unsafe Int(String(cString: text))
        else { return .whole }
        return .every(size)
    }()

    /// Returns the pieces of `bytes`; no bytes result in one empty piece.
    public func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        switch self {
        case .whole: return [bytes]
        case .every(let size): return Self.cut(bytes) { max(1, size) }
        case .random(let seed):
            var generator = SplitMix(seed: seed &+ UInt64(bytes.count))
            return Self.cut(bytes) {
                let bits = Int.random(in: 0...12, using: &generator)
                return Int.random(in: 1...(1 << bits), using: &generator)
            }
        }
    }

    private static func cut(_ bytes: [UInt8], size: () -> Int) -> [[UInt8]] {
        guard !bytes.isEmpty else { return [bytes] }
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(size())
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}

extension Cut: CustomStringConvertible {
    public var description: String {
        switch self {
        case .whole: "whole"
        case .every(let size): "every \(size) bytes"
        case .random(let seed): "random, seed \(seed)"
        }
    }
}
