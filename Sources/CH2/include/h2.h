/* SPDX-License-Identifier: MIT */
#ifndef H2_H
#define H2_H

/*
 * H2: the client or server side of an HTTP/2 connection (RFC 9113), without I/O. It turns received
 * bytes into events, and function calls into bytes to send. It opens no socket, starts no thread,
 * reads no clock and calls no callback.
 *
 *     h2_config config;
 *     h2_config_init(&config, sizeof config, H2_CLIENT);
 *     h2_connection_new(&config, &connection);
 *     h2_connection_initiate(connection);
 *     for (;;) {
 *         h2_connection_data_to_send      write these bytes to the peer
 *         h2_connection_did_send          pass the number of bytes written
 *                                         read bytes from the peer
 *         h2_connection_receive           pass these bytes
 *         h2_connection_next_event        repeat while it returns 1; handle each event
 *     }
 *     h2_connection_free(connection);
 *
 * With reports_stream_outcomes, h2_connection_enqueue_data, h2_deadlines or a graceful shutdown,
 * functions other than h2_connection_receive also cause events: call h2_connection_next_event
 * before the program waits, too.
 *
 * Unless a function's comment says otherwise:
 *
 * - It returns H2_OK or a negative H2_ERR code. A call that fails changes nothing except the result
 *   of h2_last_error, unless it returns H2_ERR_INTERNAL.
 * - It returns H2_ERR_INVALID_ARGUMENT for a NULL pointer that is required, for a length above
 *   PTRDIFF_MAX, and for a number that matches no constant of its enum. A pointer may be NULL if
 *   its count is 0.
 * - It reads the memory behind a pointer argument during the call only, and writes there only if it
 *   returns H2_OK.
 *
 * Use a connection from one thread at a time. Different connections need no lock.
 *
 * If an allocation fails, the library ends the process. The exception is an allocation of nghttp2,
 * after which the call may return H2_ERR_INTERNAL instead.
 *
 * Later versions of this header can append members to structures whose first member is `size`; all
 * other structures keep their size. `size` is the sizeof with which the program was compiled, so
 * that a program and a library with different versions of this header work together:
 *
 * - A function that reads such a structure uses the default for a member that the program does
 *   not have. A member that the library does not know must be 0; otherwise the function returns
 *   H2_ERR_INVALID_ARGUMENT, because it cannot apply that member.
 * - A function that fills such a structure writes `size` bytes, never more. It sets a member that
 *   the library does not know to 0.
 * - A function returns H2_ERR_INVALID_ARGUMENT for a size below that of the first published header,
 *   above 4096, or not a multiple of sizeof(size_t).
 *
 * Constants may be added: ignore unknown events and settings.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define H2_VERSION "0.1.0"

/* Increases when programs compiled with an older header no longer work. */
#define H2_ABI_VERSION 1

/* Returns the version of the loaded library, such as "0.1.0". The text lives as long as the
   program. */
const char *h2_version(void);

/* Returns the ABI version of the loaded library; it must be H2_ABI_VERSION. */
uint32_t h2_abi_version(void);

/* ---- Results ---- */

enum h2_result {
    H2_OK = 0,
    /* Not allowed by RFC 9113, or by the state of the connection or stream. */
    H2_ERR_PROTOCOL_VIOLATION = -1,
    /* A frame or header section is too large: `expected` is the limit and `actual` the size, both
       in bytes. */
    H2_ERR_FRAME_TOO_LARGE = -2,
    /* A frame's length is invalid for its type or content. `actual` is the length in bytes. */
    H2_ERR_FRAME_DATA_MISSING = -3,
    /* A new stream exceeds MAX_CONCURRENT_STREAMS: `expected` is the limit and `actual` the number
       of open streams. */
    H2_ERR_TOO_MANY_STREAMS = -4,
    /* DATA exceeds a flow-control window: `expected` is the window and `actual` the size, both in
       bytes. Or a window would exceed 2^31-1 bytes. */
    H2_ERR_FLOW_CONTROL = -5,
    /* The identifier of a new stream is not higher than those used before. */
    H2_ERR_STREAM_ID_TOO_LOW = -6,
    /* All stream identifiers are used up. */
    H2_ERR_NO_AVAILABLE_STREAM_ID = -7,
    /* The stream has not been opened, or its identifier is 0. */
    H2_ERR_NO_SUCH_STREAM = -8,
    /* The stream is closed, or the client sent HEADERS on a pushed stream whose response has begun.
       If only this side has ended the stream, sending on it is H2_ERR_PROTOCOL_VIOLATION. */
    H2_ERR_STREAM_CLOSED = -9,
    /* A setting is out of range, or must not change to this value. */
    H2_ERR_INVALID_SETTINGS_VALUE = -10,
    /* The length of a body differs from its content-length, or the response must not have content.
       For a received body, `expected` is the content-length, 0 if no content is allowed, and
       `actual` the number of bytes received. For a sent body, `expected` is the number of bytes
       still to be sent and `actual` the number in this call. */
    H2_ERR_INVALID_BODY_LENGTH = -11,
    /* Only a client may set a priority. */
    H2_ERR_NOT_PERMITTED = -12,
    /* A limit of h2_limits was exceeded: `limit` identifies it, `expected` is the limit and
       `actual` the value that was reached. */
    H2_ERR_DENIAL_OF_SERVICE = -13,
    /* An argument is invalid. */
    H2_ERR_INVALID_ARGUMENT = -14,
    /* Neither h2_connection_initiate nor an h2_connection_initiate_upgrade function was called. */
    H2_ERR_NOT_INITIATED = -15,
    /* A bug in this library, or nghttp2 could not allocate memory. The connection has ended. */
    H2_ERR_INTERNAL = -16,
    /* Call h2_connection_next_event until it returns 0 or an error: events of the last bytes or
       time are pending, or the last event that it returned is still in use. */
    H2_ERR_EVENTS_PENDING = -17,
    /* The connection or its transport has ended. Without reports_stream_outcomes, only after
       h2_connection_lost, or after H2_DEADLINE_KEEPALIVE or H2_DEADLINE_OUTPUT; otherwise
       H2_ERR_PROTOCOL_VIOLATION. */
    H2_ERR_CONNECTION_CLOSED = -18,
    /* No stream can be opened, because the peer sent GOAWAY or a graceful shutdown has started.
       Only with reports_stream_outcomes; otherwise H2_ERR_PROTOCOL_VIOLATION. */
    H2_ERR_GOING_AWAY = -19,
    /* A deadline passed and ended the connection: h2_last_error_deadline returns it. */
    H2_ERR_DEADLINE_EXPIRED = -20
};

/* Returns the name of a result, such as "H2_ERR_STREAM_CLOSED", or NULL for any other number. The
   text lives as long as the program. */
const char *h2_result_name(int32_t result);

/* ---- Values ---- */

/* A connection. It lives from h2_connection_new to h2_connection_free. */
typedef struct h2_connection h2_connection;

/* Error codes of RST_STREAM and GOAWAY, RFC 9113 section 7. A peer may send other codes. */
enum h2_error_code {
    H2_NO_ERROR = 0x0,
    H2_PROTOCOL_ERROR = 0x1,
    H2_INTERNAL_ERROR = 0x2,
    H2_FLOW_CONTROL_ERROR = 0x3,
    H2_SETTINGS_TIMEOUT = 0x4,
    H2_STREAM_CLOSED = 0x5,
    H2_FRAME_SIZE_ERROR = 0x6,
    H2_REFUSED_STREAM = 0x7,
    H2_CANCEL = 0x8,
    H2_COMPRESSION_ERROR = 0x9,
    H2_CONNECT_ERROR = 0xa,
    H2_ENHANCE_YOUR_CALM = 0xb,
    H2_INADEQUATE_SECURITY = 0xc,
    H2_HTTP_1_1_REQUIRED = 0xd
};

enum h2_header_flag {
    /* No encoder, here or at an intermediary, may add the field to a compression table, RFC 7541
       section 7.1.3. */
    H2_HEADER_NEVER_INDEXED = 0x1
};

/* One field line of a header or trailer section. The bytes are not zero-terminated. */
typedef struct h2_header {
    const char *name; /* in an event: valid as long as the event's other pointers; as an argument:
        read only during the call */
    size_t name_length;
    const char *value; /* likewise */
    size_t value_length;
    uint32_t flags; /* of h2_header_flag */
    uint32_t reserved; /* 0 */
} h2_header;

/* A position in the priority tree of RFC 7540 section 5.3, deprecated by RFC 9113 section 5.3.2. */
typedef struct h2_priority {
    uint32_t depends_on; /* the parent stream, or 0 */
    uint16_t weight; /* 1 to 256 */
    uint8_t is_exclusive;
    uint8_t reserved; /* 0 */
} h2_priority;

/* The priority of a response or of data that h2_connection_enqueue_data queues, RFC 9218. */
typedef struct h2_extensible_priority {
    uint32_t urgency; /* from 0, which is sent first, to 7; usually 3 */
    uint8_t is_incremental; /* not 0: the stream takes turns with others of its urgency */
    uint8_t reserved[3]; /* 0 */
} h2_extensible_priority;

/* Settings, RFC 9113 section 6.5.2. Other identifiers may be sent and received, too. */
enum h2_setting_identifier {
    H2_SETTINGS_HEADER_TABLE_SIZE = 0x1,
    H2_SETTINGS_ENABLE_PUSH = 0x2,
    H2_SETTINGS_MAX_CONCURRENT_STREAMS = 0x3,
    H2_SETTINGS_INITIAL_WINDOW_SIZE = 0x4,
    H2_SETTINGS_MAX_FRAME_SIZE = 0x5,
    H2_SETTINGS_MAX_HEADER_LIST_SIZE = 0x6,
    H2_SETTINGS_ENABLE_CONNECT_PROTOCOL = 0x8,
    H2_SETTINGS_NO_RFC7540_PRIORITIES = 0x9
};

typedef struct h2_setting {
    uint32_t identifier; /* at most 0xffff */
    uint32_t value;
} h2_setting;

/* A setting of a SETTINGS frame that is now in force. The new value may equal the old one. */
typedef struct h2_setting_change {
    uint32_t identifier;
    uint32_t has_old_value;
    uint32_t old_value;
    uint32_t new_value;
} h2_setting_change;

/* ---- Errors ---- */

enum h2_origin {
    /* The caller misused the connection (or, with H2_ERR_INTERNAL, the library is at fault). */
    H2_ORIGIN_LOCAL = 1,
    /* The peer violated the protocol or exceeded a limit. The error ends the connection and queues
       GOAWAY, with two exceptions: an invalid client preface queues no GOAWAY, and an invalid
       HTTP2-Settings value changes nothing. */
    H2_ORIGIN_REMOTE = 2
};

/* The members of h2_limits that cause an error when they are exceeded. */
enum h2_limit {
    H2_LIMIT_NONE = 0,
    H2_LIMIT_PEER_RESETS = 1,
    H2_LIMIT_PROVOKED_RESETS = 2,
    H2_LIMIT_CONTROL_FRAMES = 3,
    H2_LIMIT_WINDOW_UPDATES = 4,
    H2_LIMIT_EMPTY_DATA = 5,
    H2_LIMIT_SMALL_DATA = 6,
    H2_LIMIT_HEADER_FIELDS = 7,
    H2_LIMIT_HEADER_LIST_SIZE = 8,
    H2_LIMIT_CONTINUATION_FRAMES = 9,
    H2_LIMIT_HEADER_BLOCK_SIZE = 10,
    H2_LIMIT_SETTINGS_PER_FRAME = 11,
    H2_LIMIT_UNACKNOWLEDGED_SETTINGS = 12,
    H2_LIMIT_PEER_OUTPUT = 13,
    H2_LIMIT_MEMORY = 14
};

/* The members of h2_deadlines that cause an event or an error when they pass. */
enum h2_deadline {
    H2_DEADLINE_NONE = 0,
    H2_DEADLINE_FIRST_SETTINGS = 1,
    H2_DEADLINE_SETTINGS_ACKNOWLEDGEMENT = 2,
    H2_DEADLINE_FIELD_BLOCK = 3,
    H2_DEADLINE_IDLE = 4,
    H2_DEADLINE_KEEPALIVE = 5,
    H2_DEADLINE_STREAM_INACTIVITY = 6,
    H2_DEADLINE_DRAIN_RATE = 7,
    H2_DEADLINE_OUTPUT = 8,
    H2_DEADLINE_SHUTDOWN = 9,
    H2_DEADLINE_MAXIMUM_AGE = 10
};

/* Why a call failed. */
typedef struct h2_error {
    int32_t result; /* of h2_result: what the call returned */
    int32_t origin; /* of h2_origin */
    uint32_t error_code; /* of h2_error_code: the code of the GOAWAY, if the error causes one */
    uint32_t stream_id; /* the stream concerned, or 0 */
    int32_t limit; /* of h2_limit; H2_LIMIT_NONE unless the result is H2_ERR_DENIAL_OF_SERVICE */
    uint8_t has_expected;
    uint8_t has_actual;
    uint8_t reserved[2];
    int64_t expected; /* the limit or expected number, if has_expected is not 0 */
    int64_t actual; /* the actual number, if has_actual is not 0 */
    const char *message; /* one line for a log, zero-terminated; lives as long as this structure */
} h2_error;

/* Returns the error of the last call that failed on this connection, or NULL if none has failed.
   The structure and its message stay valid and unchanged until the next call that fails on this
   connection, or h2_connection_free. Until then this function returns the same pointer. */
const h2_error *h2_last_error(const h2_connection *connection);

/* Returns the deadline that caused the error of h2_last_error, a value of h2_deadline;
   H2_DEADLINE_NONE unless the result is H2_ERR_DEADLINE_EXPIRED. */
int32_t h2_last_error_deadline(const h2_connection *connection);

/* ---- Creating and freeing ---- */

enum h2_role {
    H2_CLIENT = 1,
    H2_SERVER = 2
};

/* The effect of a GOAWAY from the peer. */
enum h2_go_away_policy {
    /* Local streams up to the last identifier in the GOAWAY continue; higher ones end with
       H2_EVENT_STREAM_RESET, safe to retry. The default. */
    H2_GO_AWAY_FINISH_STREAMS = 1,
    /* The connection ends at once, and its queued bytes are dropped. */
    H2_GO_AWAY_CLOSE_AT_ONCE = 2
};

/* The effect of a malformed message, RFC 9113 section 8.1.1. */
enum h2_malformed_message_policy {
    /* The connection ends. */
    H2_MALFORMED_CONNECTION_ERROR = 1,
    /* Only the stream ends, with RST_STREAM(PROTOCOL_ERROR): the default. */
    H2_MALFORMED_RESET_STREAM = 2
};

/* The effect of a header section that exceeds header_list_size or header_fields, or of a stream
   that exceeds an acknowledged MAX_CONCURRENT_STREAMS. A section over four times its limit ends the
   connection with either policy. */
enum h2_excess_policy {
    /* The connection ends. */
    H2_EXCESS_CONNECTION_ERROR = 1,
    /* Only the stream ends, with RST_STREAM: the default. */
    H2_EXCESS_RESET_STREAM = 2
};

/* The effect of a call on a stream that the peer, a GOAWAY or the library has closed. */
enum h2_late_call_policy {
    /* The call returns H2_ERR_STREAM_CLOSED: the default. */
    H2_LATE_CALLS_FAIL = 1,
    /* The call returns H2_OK and has no effect, because it may have crossed the frame that closed
       the stream. H2Configuration.LateCallPolicy in the documentation lists these calls. */
    H2_LATE_CALLS_IGNORED = 2
};

/* The order in which the data of h2_connection_enqueue_data is sent. */
enum h2_priority_scheme {
    /* Streams take turns: the default. */
    H2_PRIORITIES_NONE = 1,
    /* The order of RFC 9218, specified by the priority field of the request, PRIORITY_UPDATE frames
       and h2_connection_set_send_priority. The library announces NO_RFC7540_PRIORITIES. */
    H2_PRIORITIES_EXTENSIBLE = 2
};

/* In a member of h2_limits: no limit. */
#define H2_UNLIMITED INT64_MAX

/* How often something may happen: an allowance of units. Useful work restores units, and so does
   the time that is passed to h2_connection_receive_at. Calls of h2_connection_receive can also use
   a reserve, which is initially the number of units that 600 seconds would restore. */
typedef struct h2_budget {
    int64_t allowance; /* units that can be used up at once */
    int64_t per_second; /* units that each second restores */
} h2_budget;

/* How much a peer may cost. Exceeding a limit is a connection error, ENHANCE_YOUR_CALM, with these
   exceptions: header_fields and header_list_size reset the stream unless `excess` of h2_config is
   H2_EXCESS_CONNECTION_ERROR; reserved_streams refuses the promise; unacknowledged_settings makes
   h2_connection_update_settings fail; closed_streams only bounds the number of closed streams that
   are remembered. H2Limits in the documentation specifies what each limit counts, and what restores
   it. Call h2_limits_init first, then change individual members. */
typedef struct h2_limits {
    size_t size; /* sizeof(h2_limits), set by h2_limits_init */
    h2_budget peer_resets; /* streams that the peer opens and resets before the final response */
    h2_budget provoked_resets; /* streams reset because of the peer, frames on closed streams */
    h2_budget control_frames; /* PING, SETTINGS and other frames that carry no message, 1xx */
    h2_budget window_updates; /* WINDOW_UPDATE frames */
    h2_budget empty_data; /* empty DATA frames without END_STREAM */
    h2_budget small_data; /* unacknowledged DATA frames of 1 to 63 bytes without END_STREAM */
    int64_t header_fields; /* field lines of a section */
    int64_t header_list_size; /* bytes of a decoded section, 32 added for each field line */
    int64_t continuation_frames; /* CONTINUATION frames of a field block */
    int64_t header_block_size; /* bytes of a field block, compressed */
    int64_t settings_per_frame; /* entries of a SETTINGS frame or an HTTP2-Settings value */
    int64_t reserved_streams; /* promised streams whose response has not begun */
    int64_t closed_streams; /* closed streams of each side whose end is remembered */
    int64_t unacknowledged_settings; /* SETTINGS frames sent and not acknowledged */
    int64_t peer_output; /* queued bytes that the peer caused */
    int64_t memory; /* bytes in use, except queued bytes, an incomplete frame, and 1,024 for each
        stream of the largest number that was open at once */
} h2_limits;

/* Fills *limits with the defaults. `size` is sizeof(h2_limits). */
int32_t h2_limits_init(h2_limits *limits, size_t size);

/* The sizes of automatic flow control, in bytes. H2FlowControl in the documentation specifies how
   windows grow; they grow only if the program calls h2_connection_receive_at. Call
   h2_flow_control_init first, then change individual members. If a size is out of range,
   h2_connection_initiate returns H2_ERR_INVALID_SETTINGS_VALUE. */
typedef struct h2_flow_control {
    size_t size; /* sizeof(h2_flow_control), set by h2_flow_control_init */
    int64_t stream_window; /* the initial window of a stream, unless initial_settings contains it */
    int64_t max_stream_window; /* the maximum size to which it grows, at most 2^30 */
    int64_t connection_window; /* the initial window of the connection, at least 65,535 */
    int64_t max_connection_window; /* the maximum size to which it grows, at most 2^30 */
    int64_t max_unacknowledged; /* the received bytes that may await acknowledgement before the
        library stops crediting the window of the connection */
    uint8_t credits_streams_on_arrival; /* default 0; not 0: the window of a stream is credited when
        DATA arrives, not when it is acknowledged */
    uint8_t reserved[7]; /* 0 */
} h2_flow_control;

/* Fills *flow_control with the defaults. `size` is sizeof(h2_flow_control). */
int32_t h2_flow_control_init(h2_flow_control *flow_control, size_t size);

/* The deadlines of a connection, in nanoseconds; 0, the default, for none. A deadline starts at the
   first time after its wait begins that the program passes to h2_connection_receive_at,
   h2_connection_advance or h2_connection_handle_deadlines; only h2_connection_handle_deadlines acts
   on it. Call h2_deadlines_init first, then change individual members. Negative numbers are
   invalid. Set both keepalive_interval and keepalive_answer or neither; likewise drain_rate_bytes
   and drain_rate_interval. */
typedef struct h2_deadlines {
    size_t size; /* sizeof(h2_deadlines), set by h2_deadlines_init */
    /* Three deadlines that end the connection with GOAWAY: the times until the first SETTINGS of
       the peer, until it acknowledges a SETTINGS frame, and until a field block is complete. */
    int64_t first_settings;
    int64_t settings_acknowledgement;
    int64_t field_block;
    int64_t idle; /* time without an open stream after which a graceful shutdown begins */
    int64_t keepalive_interval; /* time without a received byte after which a PING is sent */
    int64_t keepalive_answer; /* time without a received byte after the PING; then the connection
        ends without GOAWAY */
    int64_t stream_inactivity; /* time in which the peer sends nothing on a stream that it has not
        ended; then the stream is reset with CANCEL */
    /* The peer has to accept drain_rate_bytes of the data that is queued on a stream in each
       drain_rate_interval; otherwise the stream is reset with CANCEL. */
    int64_t drain_rate_bytes;
    int64_t drain_rate_interval;
    int64_t output; /* time in which the program takes no bytes of waiting output; then the
        connection ends without GOAWAY */
    int64_t shutdown_announcement; /* time until the second GOAWAY of a server's graceful shutdown,
        unless the client acknowledges the PING before */
    int64_t shutdown; /* time from the start of a graceful shutdown until the connection ends */
    int64_t maximum_age; /* time from the first time passed until a graceful shutdown begins */
    uint8_t keepalive_without_streams; /* default 0; not 0: also send PINGs while no stream is
        open */
    uint8_t reserved[7]; /* 0 */
} h2_deadlines;

/* Fills *deadlines with the defaults: no deadlines. `size` is sizeof(h2_deadlines). */
int32_t h2_deadlines_init(h2_deadlines *deadlines, size_t size);

/* The configuration of a connection. Call h2_config_init first, then change individual members. */
typedef struct h2_config {
    size_t size; /* sizeof(h2_config), set by h2_config_init */
    int32_t role; /* of h2_role */
    int32_t go_away; /* of h2_go_away_policy */
    int32_t malformed_messages; /* of h2_malformed_message_policy */
    /* The next five are Booleans, 0 for false. */
    uint8_t validate_outbound_headers; /* default 1: validate sections before they are sent, and
        compare sent bodies with content-length */
    uint8_t normalize_outbound_headers; /* default 1: send names in lower case, strip white space
        around names and values, omit connection-specific fields, and keep credentials and short
        cookies out of compression tables */
    uint8_t split_outbound_cookies; /* default 0: send a field line for each cookie-pair, which
        compresses better; requires normalize_outbound_headers */
    uint8_t validate_inbound_headers; /* default 1: validate received sections */
    uint8_t normalize_inbound_headers; /* default 1: join received cookies into one field line */
    uint8_t reserved[3]; /* 0 */
    /* Settings to announce in addition to the default ones, or instead of them; default NULL. */
    const h2_setting *initial_settings;
    size_t initial_setting_count;
    const h2_limits *limits; /* NULL, the default, for the values of h2_limits_init */
    int32_t excess; /* of h2_excess_policy */
    /* The size of the first receive window of the connection, 65,535 to 2^31-1; 0, the default, for
       65,535. h2_connection_initiate queues WINDOW_UPDATE for a larger size, and returns
       H2_ERR_INVALID_SETTINGS_VALUE for a size out of range. */
    int32_t connection_window_size;
    int32_t late_calls; /* of h2_late_call_policy */
    int32_t priorities; /* of h2_priority_scheme */
    /* Two Booleans, 0 for false. */
    uint8_t reports_stream_outcomes; /* default 0: each stream ends with one H2_EVENT_STREAM_CLOSED,
        H2_EVENT_SEND_WINDOWS_OPENED is reported, and calls after the end of the connection return
        H2_ERR_CONNECTION_CLOSED or H2_ERR_GOING_AWAY */
    uint8_t sends_client_go_away; /* default 0: a client sends GOAWAY in a graceful shutdown */
    uint8_t reserved_switches[6]; /* 0 */
    /* If h2_connection_queued_byte_count_on_stream exceeds the high-water mark, queue no more until
       H2_EVENT_SEND_QUEUE_DRAINED reports that it has fallen to the low-water mark. The library
       does not enforce the high-water mark. */
    size_t send_queue_high_water_mark; /* default 65,536 */
    size_t send_queue_low_water_mark; /* default 16,384 */
    const h2_deadlines *deadlines; /* NULL, the default, for no deadlines */
    const h2_flow_control *flow_control; /* NULL, the default, for manual flow control: windows open
        only after the program acknowledges data or enlarges them */
} h2_config;

/* Fills *config with the defaults. `size` is sizeof(h2_config), `role` a value of h2_role. */
int32_t h2_config_init(h2_config *config, size_t size, int32_t role);

/* Creates a connection, with a copy of the configuration. Sets *connection to NULL if it fails. */
int32_t h2_connection_new(const h2_config *config, h2_connection **connection);

/* Frees a connection, and everything that lives as long as the connection. NULL has no effect. */
void h2_connection_free(h2_connection *connection);

/* Gets the configuration of a connection. Set config->size to sizeof(h2_config) before the call.
   What initial_settings, limits, deadlines and flow_control point to lives as long as the
   connection. *limits has the library's size, which may differ from sizeof(h2_limits). To copy it
   into an h2_limits, initialize the copy with h2_limits_init, copy the smaller of the two sizes,
   and set `size` of the copy to sizeof(h2_limits). The same applies to *deadlines and
   *flow_control. */
int32_t h2_connection_configuration(const h2_connection *connection, h2_config *config);

/* Queues the connection preface with the initial settings, RFC 9113 section 3.4. Call it once,
   before sending or receiving. */
int32_t h2_connection_initiate(h2_connection *connection);

/* Queues the connection preface of a client that upgrades from HTTP/1.1, RFC 7540 section 3.2. Call
   it instead of h2_connection_initiate. Stream 1 is the request that asks for the upgrade; it is
   half-closed. *settings_header is the value of that request's HTTP2-Settings field,
   zero-terminated; it lives as long as the connection. */
int32_t h2_connection_initiate_upgrade_client(
    h2_connection *connection, const char **settings_header);

/* Queues the connection preface of a server that accepts an upgrade from HTTP/1.1. Call it instead
   of h2_connection_initiate, and respond to the upgrading request on stream 1. settings_header is
   the value of that request's HTTP2-Settings field, zero-terminated, or NULL for no settings. */
int32_t h2_connection_initiate_upgrade_server(
    h2_connection *connection, const char *settings_header);

/* ---- Receiving ---- */

/* Receives `count` bytes from the peer, which may end anywhere in a frame. Then call
   h2_connection_next_event while it returns 1: it returns the events, and the error that the bytes
   cause, if any. h2_connection_receive itself fails only if the call is a misuse or an error has
   already ended the connection. After h2_connection_close, it ignores the bytes.

   The library does not copy the payload of a DATA frame that is complete in `bytes`. `bytes` must
   therefore stay valid and unchanged until h2_connection_next_event has returned 0 or the error, or
   until the connection is freed. An incomplete frame is copied, and may be completed by later
   calls.

   If the previous bytes caused events or an error, or h2_connection_next_event returned 1, this
   function returns H2_ERR_EVENTS_PENDING, and does not accept the new bytes, until
   h2_connection_next_event has returned 0 or the error. Fetching the last event is not enough,
   because its pointers are still valid. Events of other functions need not be fetched first: they
   precede the events of the bytes. */
int32_t h2_connection_receive(h2_connection *connection, const void *bytes, size_t count);

/* Does the same as h2_connection_receive, and passes the time of any monotonic clock, in
   nanoseconds. Prefer this function, because time restores the budgets of h2_limits, and the
   library reads no clock. */
int32_t h2_connection_receive_at(
    h2_connection *connection, const void *bytes, size_t count, uint64_t nanoseconds);

enum h2_event_type {
    /* A client opened a stream with a request: `headers`. */
    H2_EVENT_REQUEST_RECEIVED = 1,
    /* The final response to a request: `headers`. */
    H2_EVENT_RESPONSE_RECEIVED = 2,
    /* A 1xx response; the final response follows: `headers`. */
    H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED = 3,
    /* A trailer section, after the body: `headers`. */
    H2_EVENT_TRAILERS_RECEIVED = 4,
    /* The payload of a DATA frame, a part of a body: `data`. After processing it, call
       h2_connection_acknowledge_received_data. */
    H2_EVENT_DATA_RECEIVED = 5,
    /* The peer sends nothing more on the stream. */
    H2_EVENT_STREAM_ENDED = 6,
    /* The peer ended the stream abnormally, or the library did because of what the peer
       sent: `reset`. */
    H2_EVENT_STREAM_RESET = 7,
    /* The peer enlarged the flow-control window of the stream, or of the connection: `window`. A
       larger INITIAL_WINDOW_SIZE causes H2_EVENT_REMOTE_SETTINGS_CHANGED instead. */
    H2_EVENT_WINDOW_UPDATED = 8,
    /* The peer sent settings, which are now in force; the acknowledgement is queued: `settings`. */
    H2_EVENT_REMOTE_SETTINGS_CHANGED = 9,
    /* The peer acknowledged a SETTINGS frame, whose values are now in force: `settings`. */
    H2_EVENT_SETTINGS_ACKNOWLEDGED = 10,
    /* The peer sent a PING; the acknowledgement is queued: `ping`. */
    H2_EVENT_PING_RECEIVED = 11,
    /* The peer acknowledged a PING: `ping`. */
    H2_EVENT_PING_ACK_RECEIVED = 12,
    /* The server promised a response: `headers` has the request that the response answers. */
    H2_EVENT_PUSHED_STREAM_RECEIVED = 13,
    /* The peer set the RFC 7540 priority of a stream: `priority`. */
    H2_EVENT_PRIORITY_UPDATED = 14,
    /* The peer sent GOAWAY: this side can open no more streams. By default, open ones up to
       last_stream_id continue: `terminated`. */
    H2_EVENT_CONNECTION_TERMINATED = 15,
    /* The server announced an alternative service, RFC 7838: `alternative_service`. */
    H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE = 16,
    /* A frame of an unknown type, which has no other effect: `unknown_frame`. */
    H2_EVENT_UNKNOWN_FRAME_RECEIVED = 17,
    /* The stream ended, and no other event of the stream follows: `closed`. Only with
       reports_stream_outcomes. */
    H2_EVENT_STREAM_CLOSED = 18,
    /* A larger INITIAL_WINDOW_SIZE of the peer allows DATA on streams whose windows were used up:
       `windows_opened`. Only with reports_stream_outcomes. */
    H2_EVENT_SEND_WINDOWS_OPENED = 19,
    /* The size of the data queued on the stream has fallen to send_queue_low_water_mark after it
       exceeded send_queue_high_water_mark: `drained`. */
    H2_EVENT_SEND_QUEUE_DRAINED = 20,
    /* A client sent PRIORITY_UPDATE for the stream, and the library applied the priority:
       `extensible_priority`. Only with H2_PRIORITIES_EXTENSIBLE. */
    H2_EVENT_PRIORITY_UPDATE_RECEIVED = 21,
    /* A deadline passed, but did not end the connection at once: `expired`. The library resets the
       stream, and H2_EVENT_STREAM_RESET follows; or, for H2_DEADLINE_IDLE and
       H2_DEADLINE_MAXIMUM_AGE, it starts a graceful shutdown. */
    H2_EVENT_DEADLINE_EXPIRED = 22,
    /* The last stream of a graceful shutdown ended: write the output, and close the transport. */
    H2_EVENT_CONNECTION_DRAINED = 23
};

typedef struct h2_headers_event {
    /* All field lines in order. The array and the bytes live until the next
       h2_connection_next_event. */
    const h2_header *headers;
    size_t header_count;
    uint32_t pushed_stream_id; /* H2_EVENT_PUSHED_STREAM_RECEIVED only: the promised stream */
    uint8_t ends_stream; /* no body follows; H2_EVENT_STREAM_ENDED does */
    uint8_t has_priority; /* H2_EVENT_PRIORITY_UPDATED follows */
    uint8_t reserved[2];
    h2_priority priority; /* if has_priority is not 0 */
} h2_headers_event;

typedef struct h2_data_event {
    /* The payload, without padding. It is part of the bytes passed to h2_connection_receive, unless
       its frame arrived in pieces, and lives until the next h2_connection_next_event. */
    const uint8_t *bytes;
    size_t count;
    size_t flow_controlled_length; /* bytes to acknowledge, padding included */
    uint8_t ends_stream; /* the body ends here; H2_EVENT_STREAM_ENDED follows */
    uint8_t reserved[7];
} h2_data_event;

typedef struct h2_reset_event {
    uint32_t error_code; /* of h2_error_code */
    uint8_t is_remote; /* 1 if RST_STREAM or GOAWAY from the peer ended it, 0 if the library did */
    uint8_t is_safe_to_retry; /* the peer did not process the request, RFC 9113 section 8.7 */
    uint8_t reserved[2];
} h2_reset_event;

typedef struct h2_window_event {
    uint32_t delta; /* bytes added to the window */
} h2_window_event;

typedef struct h2_settings_event {
    /* The settings of the frame. They live until the next h2_connection_next_event. */
    const h2_setting_change *changes;
    size_t change_count;
} h2_settings_event;

typedef struct h2_ping_event {
    uint8_t opaque_data[8];
} h2_ping_event;

typedef struct h2_terminated_event {
    const uint8_t *additional_data; /* lives until the next h2_connection_next_event */
    size_t additional_data_length;
    uint32_t error_code; /* of h2_error_code */
    uint32_t last_stream_id; /* the highest stream opened by this side that was or
        might be processed */
} h2_terminated_event;

typedef struct h2_alternative_service_event {
    /* The origin in the frame; if the frame arrived on a stream, :authority of its request. Not
       zero-terminated; lives until the next h2_connection_next_event. */
    const char *origin;
    size_t origin_length;
    const char *field_value; /* an Alt-Svc value; likewise */
    size_t field_value_length;
} h2_alternative_service_event;

typedef struct h2_unknown_frame_event {
    const uint8_t *payload; /* lives until the next h2_connection_next_event */
    size_t payload_length;
    uint8_t type;
    uint8_t flags;
    uint8_t reserved[6];
} h2_unknown_frame_event;

/* How a stream ended. */
enum h2_stream_outcome {
    /* Both sides sent complete messages; or a side sent RST_STREAM(NO_ERROR) after the complete
       response. */
    H2_OUTCOME_COMPLETED = 1,
    /* A side sent RST_STREAM with `error_code`. */
    H2_OUTCOME_RESET = 2,
    /* The peer did not process the request, so it can be sent again on another connection. Limit
       the number of retries. */
    H2_OUTCOME_NOT_PROCESSED = 3,
    /* The connection ended before the stream. The peer may have acted on the request. */
    H2_OUTCOME_CUT_OFF = 4
};

typedef struct h2_closed_event {
    int32_t outcome; /* of h2_stream_outcome */
    uint32_t error_code; /* of h2_error_code, for H2_OUTCOME_RESET; otherwise 0 */
    uint8_t is_remote; /* for H2_OUTCOME_RESET: 1 if the peer sent RST_STREAM, 0 if this side did */
    uint8_t is_safe_to_retry; /* 1 for H2_OUTCOME_NOT_PROCESSED */
    uint8_t reserved[6];
    size_t unsent_byte_count; /* bytes from h2_connection_enqueue_data that were discarded */
} h2_closed_event;

typedef struct h2_windows_opened_event {
    const uint32_t *stream_ids; /* ascending; lives until the next h2_connection_next_event */
    size_t stream_count;
} h2_windows_opened_event;

typedef struct h2_drained_event {
    size_t queued_byte_count; /* bytes that are still queued on the stream */
} h2_drained_event;

typedef struct h2_expired_event {
    int32_t deadline; /* of h2_deadline; for one of the connection, stream_id of the event is 0 */
} h2_expired_event;

/* An event. `type` determines which member of the union is set; H2_EVENT_STREAM_ENDED and
   H2_EVENT_CONNECTION_DRAINED set none. */
typedef struct h2_event {
    int32_t type; /* of h2_event_type; ignore an unknown type */
    uint32_t stream_id; /* 0 for the connection; for a promise, the stream that carried it */
    union {
        h2_headers_event headers;
        h2_data_event data;
        h2_reset_event reset;
        h2_window_event window;
        h2_settings_event settings;
        h2_ping_event ping;
        h2_priority priority;
        h2_terminated_event terminated;
        h2_alternative_service_event alternative_service;
        h2_unknown_frame_event unknown_frame;
        h2_closed_event closed;
        h2_windows_opened_event windows_opened;
        h2_drained_event drained;
        h2_extensible_priority extensible_priority;
        h2_expired_event expired;
        uint64_t reserved[15];
    };
} h2_event;

/* Fetches the next event: first those of received frames, in the order of the frames, and then
   those of other functions. Returns

   - 1 if it filled *event,
   - 0 if there are no more events, or
   - once, after all events, the code of the error caused by the bytes passed to
     h2_connection_receive or the time passed to h2_connection_handle_deadlines. Then write the
     remaining output, which normally ends in GOAWAY, and close the transport.

   Call it at any time: if another function causes an event after this one has returned 0, it
   returns 1 again. After 0 or that error, the bytes passed to h2_connection_receive are no longer
   needed.

   All pointers in *event live until the next call of this function on this connection, or
   h2_connection_free; other calls do not affect them. A payload that is part of the bytes passed to
   h2_connection_receive lives no longer than these bytes. */
int32_t h2_connection_next_event(h2_connection *connection, h2_event *event);

/* Returns 1 if h2_connection_next_event would fetch an event or return an error, otherwise 0. */
int32_t h2_connection_has_events(const h2_connection *connection);

/* Ends the connection because the transport ended, and discards the queued bytes. Then fetch the
   remaining events: with reports_stream_outcomes, they include the outcomes of all streams that
   were open. Later calls of functions that need an open connection return
   H2_ERR_CONNECTION_CLOSED; if an error ended the connection before, h2_connection_receive returns
   that error. Calling this function again causes no events. */
int32_t h2_connection_lost(h2_connection *connection);

/* ---- Output ---- */

/* Gets all queued bytes, oldest first, without removing them; *count is 0 if there are none. First
   turns data from h2_connection_enqueue_data into DATA frames, as far as the windows allow, until
   64 KiB are queued; this can cause events. The bytes live until the next call on this connection
   that takes it as non-const. */
int32_t h2_connection_data_to_send(
    h2_connection *connection, const uint8_t **bytes, size_t *count);

/* Removes the first `count` queued bytes, after they were written to the peer. Returns
   H2_ERR_INVALID_ARGUMENT if fewer are queued. */
int32_t h2_connection_did_send(h2_connection *connection, size_t count);

/* Gets the number of queued bytes, plus the number of bytes of data from h2_connection_enqueue_data
   that the windows allow, without the headers of their frames. */
int32_t h2_connection_outbound_byte_count(const h2_connection *connection, size_t *count);

/* Drops all queued bytes. Use it only when the transport is closed, because the peer never receives
   the dropped frames. */
int32_t h2_connection_clear_outbound_data(h2_connection *connection);

/* ---- Sending ----

   These functions queue frames; h2_connection_data_to_send gets their bytes. */

enum h2_send_flag {
    /* This is the last frame that this side sends on the stream. */
    H2_END_STREAM = 0x1
};

/* Gets the identifier of the next local stream; it stays the same until that stream is opened. */
int32_t h2_connection_next_available_stream_id(
    const h2_connection *connection, uint32_t *stream_id);

/* Sends a header section, RFC 9113 section 8.1. A client sends a request, which opens the stream,
   and then optional trailers; a server sends any number of 1xx responses, one final response, and
   then optional trailers. `flags` is 0 or H2_END_STREAM, which trailers need and 1xx responses must
   not have. `priority` may be NULL, and must be NULL at a server. */
int32_t h2_connection_send_headers(
    h2_connection *connection, uint32_t stream_id, const h2_header *headers, size_t header_count,
    uint32_t flags, const h2_priority *priority);

/* Sends one DATA frame with a copy of the bytes; `flags` is 0 or H2_END_STREAM. Returns
   H2_ERR_FLOW_CONTROL if `count` is not 0 and exceeds h2_connection_local_flow_control_window,
   H2_ERR_FRAME_TOO_LARGE if it exceeds h2_connection_max_outbound_frame_size, and
   H2_ERR_INVALID_BODY_LENGTH if the body would differ from the content-length that was sent, or if
   the response must not have content. */
int32_t h2_connection_send_data(
    h2_connection *connection, uint32_t stream_id, const void *bytes, size_t count, uint32_t flags);

/* Does the same as h2_connection_send_data, with 0 to 255 bytes of padding. The padding and its
   length byte count against the window and the frame size. */
int32_t h2_connection_send_padded_data(
    h2_connection *connection, uint32_t stream_id, const void *bytes, size_t count,
    uint32_t pad_length, uint32_t flags);

/* Queues a copy of data of any length, which h2_connection_data_to_send turns into DATA frames of
   at most 16 KiB as the windows allow. `flags` is 0 or H2_END_STREAM. While data is queued on a
   stream, the other functions that send on it return H2_ERR_PROTOCOL_VIOLATION, except
   h2_connection_enqueue_trailers, and h2_connection_reset_stream, which discards the data. The
   stream remains open until the frame with END_STREAM is written. Returns
   H2_ERR_INVALID_BODY_LENGTH as h2_connection_send_data does. Limit what you queue: see
   send_queue_high_water_mark. */
int32_t h2_connection_enqueue_data(
    h2_connection *connection, uint32_t stream_id, const void *bytes, size_t count, uint32_t flags);

/* Queues trailers, which follow the queued data of a stream and end this side of it. If no data is
   queued, does the same as h2_connection_send_headers with H2_END_STREAM. */
int32_t h2_connection_enqueue_trailers(
    h2_connection *connection, uint32_t stream_id, const h2_header *headers, size_t header_count);

/* Gets the number of bytes from h2_connection_enqueue_data that are not in frames yet, on all
   streams. */
int32_t h2_connection_queued_byte_count(const h2_connection *connection, size_t *count);

/* Gets the number of these bytes on one stream: 0 for a stream that is not open. */
int32_t h2_connection_queued_byte_count_on_stream(
    const h2_connection *connection, uint32_t stream_id, size_t *count);

/* Sets the priority of the data that h2_connection_enqueue_data queues on a stream, RFC 9218
   section 10, until the client sends PRIORITY_UPDATE. Sends nothing to the peer. */
int32_t h2_connection_set_send_priority(
    h2_connection *connection, uint32_t stream_id, const h2_extensible_priority *priority);

/* At a client: sends PRIORITY_UPDATE, RFC 9218 section 7.1, for a stream that is open or that the
   client opens later. The priority also applies to the data that this side queues on the stream. */
int32_t h2_connection_send_priority_update(
    h2_connection *connection, uint32_t stream_id, const h2_extensible_priority *priority);

/* Ends a stream with an empty DATA frame, which needs no window. Returns H2_ERR_INVALID_BODY_LENGTH
   if fewer bytes were sent than content-length announced. */
int32_t h2_connection_end_stream(h2_connection *connection, uint32_t stream_id);

/* Resets a stream with RST_STREAM, RFC 9113 section 6.4. `error_code` can be any number. The call
   causes no event except H2_EVENT_STREAM_CLOSED with reports_stream_outcomes, and
   H2_EVENT_CONNECTION_DRAINED in a graceful shutdown; HEADERS, DATA and PUSH_PROMISE that still
   arrive cause no events. You must still acknowledge DATA that arrived earlier. */
int32_t h2_connection_reset_stream(
    h2_connection *connection, uint32_t stream_id, uint32_t error_code);

/* At a server: promises a response to a request that the client did not send, RFC 9113 section 8.4.
   Then send the response on the promised stream. */
int32_t h2_connection_push_stream(
    h2_connection *connection, uint32_t promised_stream_id, uint32_t parent_stream_id,
    const h2_header *request_headers, size_t header_count);

/* Sends a PING, RFC 9113 section 6.7. H2_EVENT_PING_ACK_RECEIVED has the same 8 bytes. */
int32_t h2_connection_ping(h2_connection *connection, const uint8_t opaque_data[8]);

/* The last_stream_id for h2_connection_close that stands for
   h2_connection_highest_inbound_stream_id, or for the identifier in an earlier GOAWAY if that is
   lower. */
#define H2_HIGHEST_STREAM_ID UINT32_MAX

/* Ends the connection with GOAWAY, RFC 9113 section 6.8. Call it after all streams have ended,
   because from then on received bytes are ignored, and the functions that send fail, except this
   one and h2_connection_acknowledge_received_data. `last_stream_id` is the highest
   peer-initiated stream that was or might be processed. */
int32_t h2_connection_close(
    h2_connection *connection, uint32_t error_code, const void *additional_data,
    size_t additional_data_length, uint32_t last_stream_id);

/* Begins a graceful shutdown, RFC 9113 section 6.8: open streams continue to their end, and then
   H2_EVENT_CONNECTION_DRAINED reports that the transport can be closed. A server sends a GOAWAY
   that refuses no stream yet, and a PING; when the client acknowledges the PING, or
   shutdown_announcement of h2_deadlines passes, it sends a second GOAWAY, and discards later
   streams. A client opens no more streams; it sends GOAWAY only with sends_client_go_away. A second
   call has no effect. */
int32_t h2_connection_start_graceful_shutdown(h2_connection *connection);

/* Sends SETTINGS. The values are in force after H2_EVENT_SETTINGS_ACKNOWLEDGED. If an identifier is
   repeated, only its last value is sent. */
int32_t h2_connection_update_settings(
    h2_connection *connection, const h2_setting *settings, size_t setting_count);

/* At a client: sends the RFC 7540 priority of a stream. */
int32_t h2_connection_prioritize(
    h2_connection *connection, uint32_t stream_id, const h2_priority *priority);

/* At a server: announces an alternative service for an origin, RFC 7838. */
int32_t h2_connection_advertise_alternative_service(
    h2_connection *connection, const char *field_value, size_t field_value_length,
    const char *origin, size_t origin_length);

/* At a server: announces an alternative service for the origin of the request on a stream. Call it
   before sending the final response. */
int32_t h2_connection_advertise_alternative_service_on_stream(
    h2_connection *connection, uint32_t stream_id, const char *field_value,
    size_t field_value_length);

/* ---- Flow control ---- */

/* Acknowledges received bytes, on the stream and the connection, so that the peer may send more.
   `size` is flow_controlled_length of the event, or a part of it. WINDOW_UPDATE is queued when
   enough bytes are acknowledged. It is not an error if the stream was closed in the meantime. */
int32_t h2_connection_acknowledge_received_data(
    h2_connection *connection, uint32_t stream_id, size_t size);

/* Enlarges the window of a stream, or of the connection (stream 0), by 1 to 2^31-1 bytes. */
int32_t h2_connection_increment_flow_control_window(
    h2_connection *connection, uint32_t stream_id, uint32_t increment);

/* Gets the number of bytes that may be sent on a stream now, padding included: the smaller of
   the windows of stream and connection. It can be negative after the peer lowered
   INITIAL_WINDOW_SIZE. */
int32_t h2_connection_local_flow_control_window(
    const h2_connection *connection, uint32_t stream_id, int64_t *window);

/* Gets the number of bytes that the peer may send on a stream now, padding included: the smaller of
   the windows of stream and connection. It can be negative after this side lowered
   INITIAL_WINDOW_SIZE. */
int32_t h2_connection_remote_flow_control_window(
    const h2_connection *connection, uint32_t stream_id, int64_t *window);

/* Gets the number of bytes that the peer may send on the connection, padding included. */
int32_t h2_connection_inbound_flow_control_window(
    const h2_connection *connection, int64_t *window);

/* Gets the number of bytes that may be sent on the connection, padding included. */
int32_t h2_connection_outbound_flow_control_window(
    const h2_connection *connection, int64_t *window);

/* Gets the number of bytes that h2_connection_send_data takes on a stream now, in one frame without
   padding. It is 0 if sending any byte would fail, also for a closed or idle stream. */
int32_t h2_connection_sendable_byte_count(
    const h2_connection *connection, uint32_t stream_id, size_t *count);

/* Gets the round-trip time that automatic flow control last measured with a PING, in nanoseconds;
   -1 before the first measurement. See h2_flow_control. */
int32_t h2_connection_round_trip_time(const h2_connection *connection, int64_t *nanoseconds);

/* ---- Deadlines ----

   All times, including those of h2_connection_receive_at, are nanoseconds of the same monotonic
   clock. If a time is earlier than a previous one, the library uses the previous one. Wait for the
   transport no longer than until h2_connection_next_deadline, and then call
   h2_connection_handle_deadlines. */

/* Passes the current time, and starts and stops deadlines, but acts on none. Call this function
   before h2_connection_next_deadline, especially after functions that send. */
int32_t h2_connection_advance(h2_connection *connection, uint64_t nanoseconds);

/* The result of h2_connection_next_deadline if no deadline is running. */
#define H2_NO_DEADLINE UINT64_MAX

/* Gets the time at which to call h2_connection_handle_deadlines, which may have nothing to do yet;
   H2_NO_DEADLINE if no deadline is running. */
int32_t h2_connection_next_deadline(const h2_connection *connection, uint64_t *nanoseconds);

/* Passes the current time, and acts on the deadlines that have passed. Then call
   h2_connection_next_event until it returns 0 or an error, as after h2_connection_receive: if a
   deadline ended the connection, the error is H2_ERR_DEADLINE_EXPIRED. Then write the output. In the same cases as h2_connection_receive, this function does nothing and returns
   H2_ERR_EVENTS_PENDING. */
int32_t h2_connection_handle_deadlines(h2_connection *connection, uint64_t nanoseconds);

/* ---- State ---- */

enum h2_state {
    /* No stream has been opened. */
    H2_STATE_IDLE = 1,
    /* A stream has been opened, or an alternative service announced. */
    H2_STATE_OPEN = 2,
    /* The connection was ended by an error, by h2_connection_close or, with
       H2_GO_AWAY_CLOSE_AT_ONCE, by a GOAWAY from the peer. After an error, all functions that send
       fail; otherwise, only h2_connection_close and h2_connection_acknowledge_received_data still
       work. */
    H2_STATE_CLOSED = 3
};

/* Gets the state of the connection, a value of h2_state. */
int32_t h2_connection_state(const h2_connection *connection, int32_t *state);

/* Gets the highest peer-initiated stream that was or might be processed, 0 for none. Refused
   promises do not count. */
int32_t h2_connection_highest_inbound_stream_id(
    const h2_connection *connection, uint32_t *stream_id);

/* Gets the highest stream that this side opened or promised, 0 for none. */
int32_t h2_connection_highest_outbound_stream_id(
    const h2_connection *connection, uint32_t *stream_id);

/* Gets the number of peer-initiated streams that are open or half-closed. */
int32_t h2_connection_open_inbound_streams(const h2_connection *connection, uint32_t *count);

/* Gets the number of locally initiated streams that are open or half-closed. */
int32_t h2_connection_open_outbound_streams(const h2_connection *connection, uint32_t *count);

/* Gets the number of streams that a client can open now, or that a server can promise without having
   to delay their responses: -1 until the peer's first SETTINGS arrives, INT64_MAX without a limit, 0
   after GOAWAY from the peer and on a closed connection. */
int32_t h2_connection_available_outbound_streams(const h2_connection *connection, int64_t *count);

/* Gets the largest frame payload that is accepted, in bytes: the acknowledged MAX_FRAME_SIZE. */
int32_t h2_connection_max_inbound_frame_size(const h2_connection *connection, uint32_t *size);

/* Gets the largest frame payload that may be sent, in bytes: the peer's MAX_FRAME_SIZE. */
int32_t h2_connection_max_outbound_frame_size(const h2_connection *connection, uint32_t *size);

/* Gets the settings of this side that are in force. Writes at most `capacity` of them to
   `settings`, and their total number to *count. */
int32_t h2_connection_local_settings(
    const h2_connection *connection, h2_setting *settings, size_t capacity, size_t *count);

/* Gets the peer's settings that are in force, in the same way as h2_connection_local_settings. */
int32_t h2_connection_remote_settings(
    const h2_connection *connection, h2_setting *settings, size_t capacity, size_t *count);

/* The use of a budget. */
typedef struct h2_usage_count {
    int64_t used; /* units of the allowance that are used up now */
    int64_t total; /* how often something used units */
} h2_usage_count;

/* The largest use of a budget. */
typedef struct h2_usage_peak {
    int64_t most_used; /* the largest number of units that were used up at once */
    /* The units that can be used up: the allowance of h2_budget, raised by announced streams or
       windows, plus the initial reserve if no call passed a time. H2_UNLIMITED for no limit. */
    int64_t allowance;
} h2_usage_peak;

/* How much of each limit of h2_limits is used now, and the largest use so far. */
typedef struct h2_usage {
    size_t size; /* sizeof(h2_usage): set it before the call */
    h2_usage_count peer_resets;
    h2_usage_count provoked_resets;
    h2_usage_count control_frames;
    h2_usage_count window_updates;
    h2_usage_count empty_data;
    h2_usage_count small_data;
    /* The largest values received. */
    int64_t header_fields;
    int64_t header_list_size;
    int64_t continuation_frames;
    int64_t header_block_size;
    int64_t settings_per_frame;
    /* The current values. */
    int64_t reserved_streams;
    int64_t unacknowledged_settings;
    int64_t peer_output;
    int64_t memory;
    h2_usage_peak peer_resets_peak;
    h2_usage_peak provoked_resets_peak;
    h2_usage_peak control_frames_peak;
    h2_usage_peak window_updates_peak;
    h2_usage_peak empty_data_peak;
    h2_usage_peak small_data_peak;
    /* The largest values so far. */
    int64_t most_reserved_streams;
    int64_t most_unacknowledged_settings;
    int64_t most_peer_output;
    int64_t most_memory;
} h2_usage;

/* Gets the use of the limits. */
int32_t h2_connection_usage(const h2_connection *connection, h2_usage *usage);

/* The memory of a connection, in bytes. The total is the sum of all members except `spare`, which
   is the part of the total that is unused and kept for reuse. */
typedef struct h2_memory {
    size_t size; /* sizeof(h2_memory): set it before the call */
    int64_t streams; /* records of live and closed streams */
    int64_t headers; /* storage of header sections */
    int64_t input; /* the incomplete frame, and the last small payload */
    int64_t output; /* queued bytes */
    int64_t engine; /* nghttp2, including its compression tables */
    int64_t spare;
} h2_memory;

/* Gets the memory of a connection. It does not count what the functions of this header keep: events
   that were not fetched, and arrays that are reused. */
int32_t h2_connection_memory(const h2_connection *connection, h2_memory *memory);

/* Gets the number of SETTINGS frames that the peer has not acknowledged. */
int32_t h2_connection_unacknowledged_frames(const h2_connection *connection, size_t *count);

/* Gets the settings of one of these frames, of which 0 is the oldest, in the same way as
   h2_connection_local_settings. */
int32_t h2_connection_unacknowledged_settings(
    const h2_connection *connection, size_t frame, h2_setting *settings, size_t capacity,
    size_t *count);

#ifdef __cplusplus
}
#endif

#endif
