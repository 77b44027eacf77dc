// SPDX-License-Identifier: MIT

#if !NIO
// Without the trait, the product exists, but has no dependencies. These declarations tell what to do.

@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2Handler {}

@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2Server {}

@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2ServerConnection {}

@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2ClientConnection {}
#endif
