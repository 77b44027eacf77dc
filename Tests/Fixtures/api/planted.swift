// SPDX-License-Identifier: MIT

// Public and other declarations; planted.txt has what Scripts/api is to list of them.

public func function(_ x: Int = 1, y: inout [UInt8]) throws(Failure) {}
func internalFunction() {}

public enum Failure: Error, Hashable, Comparable {
    case simple
    case values(Int, name: String)

    public static func < (a: Failure, b: Failure) -> Bool { false }
}

public struct Outer<Element: Equatable> {
    public struct Inner: Equatable, Sendable {
        public var readAndWritten = 1
        public private(set) var read = 2
        package var ofThePackage = 3
        var notPublic = 4

        public static func == (a: Inner, b: Inner) -> Bool { false }
        public static func == (a: Inner, b: Int) -> Bool { false }
    }

    struct NotPublic { public var member = 5 }

    public init() {}
    public subscript(index: Int) -> Int { index }
    @available(*, deprecated, message: "use other()")
    public mutating func old() {}
}

public struct Box<Value> {
    public var value: Value
}

extension Box: Equatable where Value: Equatable {}

extension Box where Value == Int {
    public func increment() {}
}

public protocol Shape: AnyObject {
    associatedtype Side
    var sides: [Side] { get }
}

extension Shape {
    public var isRound: Bool { true }
}

public final class Circle: Shape {
    public var sides: [Int] { [] }
}

public typealias Number = Int

extension String {
    public init(_ failure: Failure) { self = "" }
}
