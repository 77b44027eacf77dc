// SPDX-License-Identifier: MIT

#if NIO
/// A field section that has no equivalent in the types of swift-http-types.
///
/// By default, the connection has already validated the section, so only unusual sections cause
/// this error.
public struct H2ConversionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What has no equivalent, and why.
    public let description: String

    init(_ description: String) { self.description = description }
}
#endif
