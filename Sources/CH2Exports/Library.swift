// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_version() -> UnsafePointer<CChar>? { unsafe constant(packageVersion) }

@c @implementation
public func h2_abi_version() -> UInt32 { UInt32(H2_ABI_VERSION) }

@c @implementation
public func h2_result_name(_ result: Int32) -> UnsafePointer<CChar>? {
    unsafe CConstants.name(of: result).map { unsafe constant($0) }
}

@c @implementation
public func h2_last_error(_ connection: OpaquePointer?) -> UnsafePointer<h2_error>? {
    guard let connection = unsafe connection else { return nil }
    return unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(connection))
        .takeUnretainedValue().describeLastError()
}

/// Returns the address of zero-terminated text that lives as long as the program.
private func constant(_ text: StaticString) -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
