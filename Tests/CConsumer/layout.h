/* SPDX-License-Identifier: MIT */
/* The layout that programs built with an older h2.h rely on; LayoutTests.swift checks the same. */
#include <h2.h>
#include <stddef.h>

#ifdef __cplusplus
#define HOLDS(claim) static_assert(claim, #claim)
#else
#define HOLDS(claim) _Static_assert(claim, #claim)
#endif

#if UINTPTR_MAX > 0xffffffff
HOLDS(sizeof(h2_event) == 128);
HOLDS(sizeof(h2_header) == 40);
HOLDS(sizeof(h2_priority) == 8);
HOLDS(sizeof(h2_setting) == 8);
HOLDS(sizeof(h2_setting_change) == 16);
HOLDS(sizeof(h2_error) == 48);
HOLDS(sizeof(h2_config) == 112);
HOLDS(sizeof(h2_limits) == 184);
HOLDS(sizeof(h2_usage) == 304);
HOLDS(sizeof(h2_memory) == 56);
HOLDS(sizeof(h2_headers_event) == 32);
HOLDS(sizeof(h2_data_event) == 32);
HOLDS(sizeof(h2_reset_event) == 8);
HOLDS(sizeof(h2_window_event) == 4);
HOLDS(sizeof(h2_settings_event) == 16);
HOLDS(sizeof(h2_ping_event) == 8);
HOLDS(sizeof(h2_terminated_event) == 24);
HOLDS(sizeof(h2_alternative_service_event) == 32);
HOLDS(sizeof(h2_unknown_frame_event) == 24);
HOLDS(sizeof(h2_deadlines) == 120);
HOLDS(sizeof(h2_flow_control) == 56);
HOLDS(sizeof(h2_extensible_priority) == 8);
HOLDS(sizeof(h2_closed_event) == 24);
HOLDS(sizeof(h2_windows_opened_event) == 16);
HOLDS(sizeof(h2_drained_event) == 8);
HOLDS(sizeof(h2_expired_event) == 4);

HOLDS(offsetof(h2_event, stream_id) == 4);
HOLDS(offsetof(h2_event, data) == 8);
HOLDS(offsetof(h2_event, headers) == 8);
HOLDS(offsetof(h2_data_event, flow_controlled_length) == 16);
HOLDS(offsetof(h2_headers_event, priority) == 24);
HOLDS(offsetof(h2_header, flags) == 32);
HOLDS(offsetof(h2_error, expected) == 24);
HOLDS(offsetof(h2_error, message) == 40);
HOLDS(offsetof(h2_config, initial_settings) == 32);
HOLDS(offsetof(h2_config, excess) == 56);
HOLDS(offsetof(h2_config, late_calls) == 64);
HOLDS(offsetof(h2_config, flow_control) == 104);
HOLDS(offsetof(h2_closed_event, unsent_byte_count) == 16);
HOLDS(offsetof(h2_deadlines, maximum_age) == 104);
HOLDS(offsetof(h2_flow_control, max_unacknowledged) == 40);
HOLDS(offsetof(h2_limits, header_fields) == 104);
HOLDS(offsetof(h2_usage, header_fields) == 104);
#endif
