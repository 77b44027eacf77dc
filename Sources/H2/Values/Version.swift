// SPDX-License-Identifier: MIT

/// The version of the package.
package let packageVersion: StaticString = "0.1.0"
