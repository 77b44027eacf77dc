// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_connection_update_settings(
    _ connection: OpaquePointer?, _ settings: UnsafePointer<h2_setting>?, _ settingCount: Int
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.updateSettings(unsafe H2Settings(settings, settingCount))
    }
}

@c @implementation
public func h2_connection_local_settings(
    _ connection: OpaquePointer?, _ settings: UnsafeMutablePointer<h2_setting>?, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe list(connection, settings, capacity, count) { $0.localSettings.inForce }
}

@c @implementation
public func h2_connection_remote_settings(
    _ connection: OpaquePointer?, _ settings: UnsafeMutablePointer<h2_setting>?, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe list(connection, settings, capacity, count) { $0.remoteSettings.inForce }
}

@c @implementation
public func h2_connection_unacknowledged_frames(
    _ connection: OpaquePointer?, _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe read(connection, count) { $0.localSettings.unacknowledged.count }
}

@c @implementation
public func h2_connection_unacknowledged_settings(
    _ connection: OpaquePointer?, _ frame: Int, _ settings: UnsafeMutablePointer<h2_setting>?,
    _ capacity: Int, _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe list(connection, settings, capacity, count) { connection throws(H2Error) in
        let frames = connection.localSettings.unacknowledged
        guard frames.indices.contains(frame) else {
            throw .misuse("no unacknowledged SETTINGS frame has this index")
        }
        return frames[frame]
    }
}

/// Writes at most `capacity` settings, and their total number.
private func list(
    _ connection: OpaquePointer?, _ settings: UnsafeMutablePointer<h2_setting>?, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?, _ values: (H2Connection) throws(H2Error) -> H2Settings
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let count = try unsafe needed(count)
        guard capacity >= 0, unsafe settings != nil || capacity == 0 else {
            throw .misuse("array is NULL or its capacity is negative")
        }
        let entries = try values(handle.connection).entries
        unsafe write(entries, to: settings, capacity: capacity)
        unsafe count.pointee = entries.count
    }
}

/// Writes at most `capacity` entries as C structures.
func write(
    _ entries: [H2Settings.Entry], to settings: UnsafeMutablePointer<h2_setting>?, capacity: Int
) {
    guard let settings = unsafe settings else { return }
    for (index, entry) in entries.prefix(capacity).enumerated() {
        unsafe settings[index] = h2_setting(
            identifier: UInt32(entry.identifier.rawValue), value: entry.value)
    }
}

extension H2Settings {
    /// Creates settings from C structures. The last value of a repeated identifier applies.
    init(_ settings: UnsafePointer<h2_setting>?, _ count: Int) throws(H2Error) {
        self.init()
        let settings = try unsafe elements(settings, count)
        for index in 0..<count {
            let setting = unsafe settings[index]
            guard let identifier = UInt16(exactly: setting.identifier) else {
                throw .misuse("setting identifier exceeds 0xffff")
            }
            self[Identifier(rawValue: identifier)] = setting.value
        }
    }
}
