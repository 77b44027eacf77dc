// SPDX-License-Identifier: MIT

#if !NIO
// Without the trait, the product contains only these declarations. Their messages say which trait to
// enable.

/// Not available: enable the trait `NIO` of the package.
@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2Handler {}

/// Not available: enable the trait `NIO` of the package.
@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2Server {}

/// Not available: enable the trait `NIO` of the package.
@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2ServerConnection {}

/// Not available: enable the trait `NIO` of the package.
@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2ClientConnection {}
#endif
