// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import Testing

/// Checks the layout that programs built with an older header rely on.
@Suite struct LayoutTests {
    /// Tests/CConsumer/layout.h checks the same with a C compiler.
    @Test("structures keep their size")
    func sizes() {
        #expect(MemoryLayout<h2_event>.size == 128)
        #expect(MemoryLayout<h2_header>.size == 40)
        #expect(MemoryLayout<h2_priority>.size == 8)
        #expect(MemoryLayout<h2_setting>.size == 8)
        #expect(MemoryLayout<h2_setting_change>.size == 16)
        #expect(MemoryLayout<h2_error>.size == 48)
        #expect(MemoryLayout<h2_config>.size == 112)
        #expect(MemoryLayout<h2_limits>.size == 184)
        #expect(MemoryLayout<h2_usage>.size == 304)
        #expect(MemoryLayout<h2_memory>.size == 56)
        #expect(MemoryLayout<h2_headers_event>.size == 32)
        #expect(MemoryLayout<h2_data_event>.size == 32)
        #expect(MemoryLayout<h2_reset_event>.size == 8)
        #expect(MemoryLayout<h2_window_event>.size == 4)
        #expect(MemoryLayout<h2_settings_event>.size == 16)
        #expect(MemoryLayout<h2_ping_event>.size == 8)
        #expect(MemoryLayout<h2_terminated_event>.size == 24)
        #expect(MemoryLayout<h2_alternative_service_event>.size == 32)
        #expect(MemoryLayout<h2_unknown_frame_event>.size == 24)
        #expect(MemoryLayout<h2_deadlines>.size == 120)
        #expect(MemoryLayout<h2_flow_control>.size == 56)
        #expect(MemoryLayout<h2_extensible_priority>.size == 8)
        #expect(MemoryLayout<h2_closed_event>.size == 24)
        #expect(MemoryLayout<h2_windows_opened_event>.size == 16)
        #expect(MemoryLayout<h2_drained_event>.size == 8)
        #expect(MemoryLayout<h2_expired_event>.size == 4)
    }

    @Test("members keep their offsets")
    func offsets() {
        #expect(MemoryLayout<h2_event>.offset(of: \.stream_id) == 4)
        #expect(MemoryLayout<h2_data_event>.offset(of: \.flow_controlled_length) == 16)
        #expect(MemoryLayout<h2_headers_event>.offset(of: \.priority) == 24)
        #expect(MemoryLayout<h2_header>.offset(of: \.flags) == 32)
        #expect(MemoryLayout<h2_error>.offset(of: \.expected) == 24)
        #expect(MemoryLayout<h2_error>.offset(of: \.message) == 40)
        #expect(MemoryLayout<h2_config>.offset(of: \.initial_settings) == 32)
        #expect(MemoryLayout<h2_config>.offset(of: \.excess) == 56)
        #expect(MemoryLayout<h2_config>.offset(of: \.late_calls) == 64)
        #expect(MemoryLayout<h2_config>.offset(of: \.flow_control) == 104)
        #expect(MemoryLayout<h2_closed_event>.offset(of: \.unsent_byte_count) == 16)
        #expect(MemoryLayout<h2_deadlines>.offset(of: \.maximum_age) == 104)
        #expect(MemoryLayout<h2_flow_control>.offset(of: \.max_unacknowledged) == 40)
        #expect(MemoryLayout<h2_limits>.offset(of: \.header_fields) == 104)
        #expect(MemoryLayout<h2_usage>.offset(of: \.header_fields) == 104)
        #expect(MemoryLayout<h2_usage>.offset(of: \.peer_resets_peak) == 176)
        #expect(MemoryLayout<h2_usage>.offset(of: \.most_memory) == 296)
    }

    /// The library accesses an `h2_header` as a `BorrowedField`.
    @Test("a field has the same layout in C and in Swift")
    func borrowedField() {
        typealias Field = BorrowedField
        #expect(MemoryLayout<Field>.size == MemoryLayout<h2_header>.size)
        #expect(MemoryLayout<Field>.stride == MemoryLayout<h2_header>.stride)
        #expect(MemoryLayout<Field>.alignment == MemoryLayout<h2_header>.alignment)
        let places = [
            (MemoryLayout<Field>.offset(of: \.name), MemoryLayout<h2_header>.offset(of: \.name)),
            (
                MemoryLayout<Field>.offset(of: \.nameLength),
                MemoryLayout<h2_header>.offset(of: \.name_length)
            ),
            (MemoryLayout<Field>.offset(of: \.value), MemoryLayout<h2_header>.offset(of: \.value)),
            (
                MemoryLayout<Field>.offset(of: \.valueLength),
                MemoryLayout<h2_header>.offset(of: \.value_length)
            ),
            (MemoryLayout<Field>.offset(of: \.flags), MemoryLayout<h2_header>.offset(of: \.flags)),
            (
                MemoryLayout<Field>.offset(of: \.reserved),
                MemoryLayout<h2_header>.offset(of: \.reserved)
            ),
        ]
        for (offset, headerOffset) in places {
            #expect(offset != nil)
            #expect(offset == headerOffset)
        }
        #expect(H2_HEADER_NEVER_INDEXED.rawValue == 1)
    }

    @Test("the library's version is the header's")
    func version() {
        #expect(String(cString: h2_version()) == H2_VERSION)
        #expect(h2_abi_version() == UInt32(H2_ABI_VERSION))
    }

    @Test("each result has the name of its constant, other numbers have none")
    func names() {
        let names = (-23...2).map { number in
            h2_result_name(Int32(number)).map { String(cString: $0) }
        }
        #expect(names.prefix(3) == [nil, nil, nil])
        #expect(names.suffix(2) == [nil, nil])
        #expect(names[23] == "H2_OK")
        #expect(names[3] == "H2_ERR_DEADLINE_EXPIRED")
        #expect(names[22] == "H2_ERR_PROTOCOL_VIOLATION")
        let known = names.compactMap { $0 }
        #expect(known.count == 21)
        #expect(Set(known).count == 21)
    }
}
