// SPDX-License-Identifier: MIT

#if !NIO
// Without the trait, the product exists, but is empty. The messages of these declarations say which
// trait to enable.

@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2Handler {}

@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2Server {}

@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2ServerConnection {}

@available(*, unavailable, message: "enable the trait NIO of the package swift-h2")
public enum H2ClientConnection {}
#endif
