// SPDX-License-Identifier: MIT

#if !NIOSSL
// Without the trait, the product contains only this declaration. Its message says which trait to
// enable.

/// Not available: enable the trait `NIOSSL` of the package.
@available(*, unavailable, message: "enable the trait NIOSSL of the package swift-h2")
public enum H2NegotiationError {}
#endif
