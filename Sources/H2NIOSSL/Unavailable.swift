// SPDX-License-Identifier: MIT

#if !NIOSSL
// Without the trait, the product exists, but has no dependencies. This declaration tells what to do.

@available(*, unavailable, message: "enable the trait NIOSSL of the package swift-h2")
public enum H2NegotiationError {}
#endif
