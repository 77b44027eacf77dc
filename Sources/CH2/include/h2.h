/* SPDX-License-Identifier: MIT */
#ifndef H2_H
#define H2_H

/*
 * H2: one end of an HTTP/2 connection, RFC 9113, without any I/O: bytes in, events out; calls in,
 * bytes out. It opens no socket, starts no thread, reads no clock and calls nothing back.
 *
 *     h2_config config;
 *     h2_config_init(&config, sizeof config, H2_CLIENT);
 *     h2_connection_new(&config, &connection);
 *     h2_connection_initiate(connection);
 *     for (;;) {
 *         h2_connection_data_to_send      write these bytes to the peer, and tell
 *         h2_connection_did_send          how many were written
 *                                         read bytes from the peer
 *         h2_connection_receive           take them
 *         h2_connection_next_event        until it does not return 1; act on each event
 *     }
 *     h2_connection_free(connection);
 *
 * Functions return H2_OK or a negative H2_ERR code, unless their comment says otherwise; a call
 * that fails changes nothing, except with H2_ERR_INTERNAL. Functions return
 * H2_ERR_INVALID_ARGUMENT for a NULL pointer that is needed, for a length above PTRDIFF_MAX, and
 * for a number that matches no constant of the enum. A pointer may be NULL if its count is 0. The
 * library reads what a pointer argument points to during the call only, and writes there only if
 * it returns H2_OK, unless the comment says otherwise.
 *
 * A connection is for one thread at a time. Different connections need no lock.
 *
 * If memory runs out, the library ends the process: no function reports it. The exception is memory
 * that nghttp2 allocates; if that fails, the call may return H2_ERR_INTERNAL instead.
 *
 * Structures whose first member is `size` can get new members at their end; the others keep their
 * size. `size` is what sizeof was when the program was compiled, so a program and a library with
 * different versions of this header work together:
 *
 * - A function that reads such a structure uses the default for a member that the program does
 *   not have. A member that the library does not know must be 0; otherwise the function returns
 *   H2_ERR_INVALID_ARGUMENT, because it cannot apply that member.
 * - A function that fills such a structure writes `size` bytes, never more. It sets a member that
 *   the library does not know to 0.
 * - A size below that of the first published header, above 4096, or not a multiple of sizeof(size_t)
 *   is H2_ERR_INVALID_ARGUMENT.
 *
 * Constants may be added: ignore unknown events and settings.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define H2_VERSION "0.1.0"

/* Goes up when a program that was built with an older header would no longer work. */
#define H2_ABI_VERSION 1

/* The version of the library that is used, as in "0.1.0". The text lives as long as the program. */
const char *h2_version(void);

/* The ABI of the library that is used; it must be H2_ABI_VERSION. */
uint32_t h2_abi_version(void);

/* ---- Results ---- */

enum h2_result {
    H2_OK = 0,
    /* RFC 9113 or the state of the connection or stream does not allow it. */
    H2_ERR_PROTOCOL_VIOLATION = -1,
    /* Beyond a frame size: `expected` is the limit and `actual` the size, both in bytes. */
    H2_ERR_FRAME_TOO_LARGE = -2,
    /* A frame is too short for what it says. */
    H2_ERR_FRAME_DATA_MISSING = -3,
    /* Beyond MAX_CONCURRENT_STREAMS: `expected` is the limit, `actual` how many are open. */
    H2_ERR_TOO_MANY_STREAMS = -4,
    /* Beyond a flow-control window. When sending, `expected` is it and `actual` the size. */
    H2_ERR_FLOW_CONTROL = -5,
    /* A stream identifier that was passed over. */
    H2_ERR_STREAM_ID_TOO_LOW = -6,
    /* All stream identifiers are used up. */
    H2_ERR_NO_AVAILABLE_STREAM_ID = -7,
    /* There is no such stream yet. */
    H2_ERR_NO_SUCH_STREAM = -8,
    /* The stream is closed. */
    H2_ERR_STREAM_CLOSED = -9,
    /* A setting is out of range. */
    H2_ERR_INVALID_SETTINGS_VALUE = -10,
    /* A body is not as long as announced, in bytes. For a received body, `expected` is its
       content-length and `actual` what was received; for a body that is sent, `expected` is what is
       left of it and `actual` the bytes of this call. */
    H2_ERR_INVALID_BODY_LENGTH = -11,
    /* This side may not do that. */
    H2_ERR_NOT_PERMITTED = -12,
    /* The peer went beyond a limit: `limit` names it, `expected` is the bound, `actual` what it
       came to. */
    H2_ERR_DENIAL_OF_SERVICE = -13,
    /* An argument cannot be used. */
    H2_ERR_INVALID_ARGUMENT = -14,
    /* h2_connection_initiate, or its twin for an upgrade, comes first. */
    H2_ERR_NOT_INITIATED = -15,
    /* A bug in this library, or nghttp2 could not allocate memory. The connection has ended. */
    H2_ERR_INTERNAL = -16,
    /* h2_connection_next_event has not yet returned 0 or an error for the bytes received before. */
    H2_ERR_EVENTS_PENDING = -17
};

/* The name of a result, as in "H2_ERR_STREAM_CLOSED", or NULL for another number. The text lives as
   long as the program. */
const char *h2_result_name(int32_t result);

/* ---- Values ---- */

/* A connection. It lives from h2_connection_new to h2_connection_free. */
typedef struct h2_connection h2_connection;

/* Error codes as RST_STREAM and GOAWAY carry them, RFC 9113 section 7; others may come. */
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
    /* The field is never put into a compression table, RFC 7541 section 7.1.3. */
    H2_HEADER_NEVER_INDEXED = 0x1
};

/* One field of a header or trailer section. The bytes are not terminated. */
typedef struct h2_header {
    const char *name; /* in an event: lives as long as the event's other pointers; as an argument:
        read during the call only */
    size_t name_length;
    const char *value; /* likewise */
    size_t value_length;
    uint32_t flags; /* of h2_header_flag */
    uint32_t reserved; /* 0 */
} h2_header;

/* A place in the priority tree of RFC 7540 section 5.3, which RFC 9113 section 5.3 deprecates. */
typedef struct h2_priority {
    uint32_t depends_on; /* a stream, or 0 */
    uint16_t weight; /* 1 to 256 */
    uint8_t is_exclusive;
    uint8_t reserved; /* 0 */
} h2_priority;

/* Settings, RFC 9113 section 6.5.2; others may come, and may be sent. */
enum h2_setting_identifier {
    H2_SETTINGS_HEADER_TABLE_SIZE = 0x1,
    H2_SETTINGS_ENABLE_PUSH = 0x2,
    H2_SETTINGS_MAX_CONCURRENT_STREAMS = 0x3,
    H2_SETTINGS_INITIAL_WINDOW_SIZE = 0x4,
    H2_SETTINGS_MAX_FRAME_SIZE = 0x5,
    H2_SETTINGS_MAX_HEADER_LIST_SIZE = 0x6,
    H2_SETTINGS_ENABLE_CONNECT_PROTOCOL = 0x8
};

typedef struct h2_setting {
    uint32_t identifier; /* at most 0xffff */
    uint32_t value;
} h2_setting;

/* A setting that changed. */
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
    /* The peer broke the protocol. A GOAWAY is queued and the connection is over. */
    H2_ORIGIN_REMOTE = 2
};

/* What a peer can exceed: the names of members of h2_limits. */
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

/* Why a call failed. */
typedef struct h2_error {
    int32_t result; /* of h2_result: what the call returned */
    int32_t origin; /* of h2_origin */
    uint32_t error_code; /* of h2_error_code: what the peer is told, or would be */
    uint32_t stream_id; /* the stream that it was about, or 0 */
    int32_t limit; /* of h2_limit, with H2_ERR_DENIAL_OF_SERVICE */
    uint8_t has_expected;
    uint8_t has_actual;
    uint8_t reserved[2];
    int64_t expected; /* what the length or number should have been, where has_expected is not 0 */
    int64_t actual; /* what it was, where has_actual is not 0 */
    const char *message; /* a line for a log, terminated; lives as long as this structure */
} h2_error;

/* Returns why the last call that failed on this connection failed, or NULL if none has. The
   structure and its message stay valid and unchanged until the next call that fails on this
   connection, or h2_connection_free. Until then this function returns the same pointer. */
const h2_error *h2_last_error(const h2_connection *connection);

/* ---- Making and freeing ---- */

enum h2_role {
    H2_CLIENT = 1,
    H2_SERVER = 2
};

/* What a GOAWAY from the peer does. */
enum h2_go_away_policy {
    /* Streams up to its last identifier go on; later ones end as safe to retry. */
    H2_GO_AWAY_FINISH_STREAMS = 1,
    /* The connection is over at once, and what was not yet sent is dropped. */
    H2_GO_AWAY_CLOSE_AT_ONCE = 2
};

/* What a malformed message does, RFC 9113 section 8.1.1. */
enum h2_malformed_message_policy {
    /* The connection ends. */
    H2_MALFORMED_CONNECTION_ERROR = 1,
    /* Only the stream ends, with RST_STREAM(PROTOCOL_ERROR): the default. */
    H2_MALFORMED_RESET_STREAM = 2
};

/* What happens if a header section exceeds header_list_size or header_fields, or a stream exceeds
   an acknowledged MAX_CONCURRENT_STREAMS. A section over four times its limit ends the connection
   with either policy. */
enum h2_excess_policy {
    /* The connection ends. */
    H2_EXCESS_CONNECTION_ERROR = 1,
    /* Only the stream ends, with RST_STREAM: the default. */
    H2_EXCESS_RESET_STREAM = 2
};

/* Any number of h2_limits: no bound. */
#define H2_UNLIMITED INT64_MAX

/* How often something may happen: an allowance. Useful work restores it, and so does time, in calls
   of h2_connection_receive_at. If it is used up, h2_connection_receive uses a reserve: at first, what
   600 seconds would restore. */
typedef struct h2_budget {
    int64_t allowance;
    int64_t per_second;
} h2_budget;

/* What a peer may cost. Exceeding a limit is a connection error, ENHANCE_YOUR_CALM, with these
   exceptions: header_fields and header_list_size reset the stream unless `excess` of h2_config is
   H2_EXCESS_CONNECTION_ERROR; reserved_streams refuses the promise; unacknowledged_settings makes
   h2_connection_update_settings fail; closed_streams only bounds what is remembered. H2Limits in
   the documentation specifies what each limit counts, and what restores it. Call h2_limits_init
   first, then change what is to be different. */
typedef struct h2_limits {
    size_t size; /* sizeof(h2_limits), set by h2_limits_init */
    h2_budget peer_resets; /* streams that the peer resets before their response */
    h2_budget provoked_resets; /* resets that the peer provokes */
    h2_budget control_frames; /* frames that carry no message */
    h2_budget window_updates;
    h2_budget empty_data; /* DATA without data */
    h2_budget small_data; /* DATA of less than 64 bytes that is not acknowledged */
    int64_t header_fields; /* of a section */
    int64_t header_list_size; /* bytes, 32 added for each field */
    int64_t continuation_frames; /* of a header block */
    int64_t header_block_size; /* bytes as they come */
    int64_t settings_per_frame;
    int64_t reserved_streams; /* promised streams whose response has not begun */
    int64_t closed_streams; /* whose end is remembered */
    int64_t unacknowledged_settings; /* frames of this side */
    int64_t peer_output; /* bytes of output that the peer caused */
    int64_t memory; /* bytes that the connection uses */
} h2_limits;

/* Fills *limits with the defaults, which leave room for what real peers do. `size` is
   sizeof(h2_limits). */
int32_t h2_limits_init(h2_limits *limits, size_t size);

/* How a connection behaves. Call h2_config_init first, then change what is to be different. */
typedef struct h2_config {
    size_t size; /* sizeof(h2_config), set by h2_config_init */
    int32_t role; /* of h2_role */
    int32_t go_away; /* of h2_go_away_policy */
    int32_t malformed_messages; /* of h2_malformed_message_policy */
    /* 0 or not: */
    uint8_t validate_outbound_headers; /* 1 at first: sections are checked before they are sent */
    uint8_t normalize_outbound_headers; /* 1 at first: and put into form: lower case, no white space
        around, no connection-specific fields, credentials kept out of compression tables */
    uint8_t split_outbound_cookies; /* 0 at first: cookies are split, which compresses better */
    uint8_t validate_inbound_headers; /* 1 at first: received sections are checked */
    uint8_t normalize_inbound_headers; /* 1 at first: received cookies are joined into one field */
    uint8_t reserved[3]; /* 0 */
    /* Settings to announce, on top of the defaults; NULL at first. */
    const h2_setting *initial_settings;
    size_t initial_setting_count;
    const h2_limits *limits; /* how much the peer may cost; NULL, as at first, for the defaults */
    int32_t excess; /* of h2_excess_policy */
    int32_t reserved_2; /* 0 */
} h2_config;

/* Fills *config with the defaults for a role of h2_role. `size` is sizeof(h2_config). */
int32_t h2_config_init(h2_config *config, size_t size, int32_t role);

/* Creates a connection. *connection is NULL if the function fails. */
int32_t h2_connection_new(const h2_config *config, h2_connection **connection);

/* Frees a connection, and what lives as long as the connection. Does nothing for NULL. */
void h2_connection_free(h2_connection *connection);

/* Gets the configuration of a connection. Set config->size to sizeof(h2_config) before the call.
   What initial_settings and limits point to lives as long as the connection. *limits has the size
   that the library knows, which may differ from sizeof(h2_limits). To copy it into an h2_limits,
   initialize that with h2_limits_init, copy the smaller of the two sizes, and set `size` of the
   copy to sizeof(h2_limits). */
int32_t h2_connection_configuration(const h2_connection *connection, h2_config *config);

/* Queues the connection preface and the settings; before all else, once. RFC 9113 section 3.4. */
int32_t h2_connection_initiate(h2_connection *connection);

/* At a client, instead of h2_connection_initiate: starts a connection that was upgraded from
   HTTP/1.1, RFC 7540 section 3.2. Stream 1 is the request that asked for the upgrade.
   *settings_header is the value of the HTTP2-Settings field of that request, zero-terminated. The
   text lives as long as the connection. */
int32_t h2_connection_initiate_upgrade_client(
    h2_connection *connection, const char **settings_header);

/* At a server, instead of h2_connection_initiate: starts a connection that was upgraded from
   HTTP/1.1. Stream 1 is the request that asked for it; its response is sent there. settings_header
   is the value of its HTTP2-Settings field, terminated, or NULL for none. */
int32_t h2_connection_initiate_upgrade_server(
    h2_connection *connection, const char *settings_header);

/* ---- Receiving ---- */

/* Receives `count` bytes from the peer, which may end anywhere in a frame. Then call
   h2_connection_next_event until it does not return 1: it returns the events, and the error if the
   bytes lead to one. h2_connection_receive itself fails only if the call is a misuse or the
   connection had already ended.

   The library copies nothing except an incomplete frame at the end: `bytes` must stay valid and
   unchanged until h2_connection_next_event has returned 0 or the error in the bytes, or until the
   connection is freed.

   If the bytes received before led to events or an error, this function returns
   H2_ERR_EVENTS_PENDING, and does not accept the new bytes, until h2_connection_next_event has
   returned 0 or the error. Fetching the last event is not enough: its pointers are still valid. */
int32_t h2_connection_receive(h2_connection *connection, const void *bytes, size_t count);

/* The same, with the time on any monotonic clock of the caller, in nanoseconds, which restores the
   budgets of h2_limits. Use this one in each call: the library reads no clock. */
int32_t h2_connection_receive_at(
    h2_connection *connection, const void *bytes, size_t count, uint64_t nanoseconds);

enum h2_event_type {
    /* A client opened a stream with a request: `headers`. */
    H2_EVENT_REQUEST_RECEIVED = 1,
    /* The final response to a request: `headers`. */
    H2_EVENT_RESPONSE_RECEIVED = 2,
    /* A 1xx response; the final one is still to come: `headers`. */
    H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED = 3,
    /* Fields after the body: `headers`. */
    H2_EVENT_TRAILERS_RECEIVED = 4,
    /* A piece of a body: `data`. It is to be acknowledged, with
       h2_connection_acknowledge_received_data. */
    H2_EVENT_DATA_RECEIVED = 5,
    /* The peer sends nothing more on the stream. */
    H2_EVENT_STREAM_ENDED = 6,
    /* The stream was ended abnormally, by the peer or by this side: `reset`. */
    H2_EVENT_STREAM_RESET = 7,
    /* The peer takes more data, on the stream or (0) the connection: `window`. */
    H2_EVENT_WINDOW_UPDATED = 8,
    /* The peer sent settings; they are in force: `settings`. */
    H2_EVENT_REMOTE_SETTINGS_CHANGED = 9,
    /* The peer acknowledged one SETTINGS frame of ours, which is now in force: `settings`. */
    H2_EVENT_SETTINGS_ACKNOWLEDGED = 10,
    /* The peer sent a PING; its acknowledgement is queued: `ping`. */
    H2_EVENT_PING_RECEIVED = 11,
    /* The peer acknowledged a PING: `ping`. */
    H2_EVENT_PING_ACK_RECEIVED = 12,
    /* A server promised to push a response: `headers`, the request that it will answer. */
    H2_EVENT_PUSHED_STREAM_RECEIVED = 13,
    /* The peer set the RFC 7540 priority of a stream: `priority`. */
    H2_EVENT_PRIORITY_UPDATED = 14,
    /* The peer sent GOAWAY: `terminated`. */
    H2_EVENT_CONNECTION_TERMINATED = 15,
    /* A server can be reached elsewhere, too, RFC 7838: `alternative_service`. */
    H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE = 16,
    /* A frame of an unknown type, which has no other effect: `unknown_frame`. */
    H2_EVENT_UNKNOWN_FRAME_RECEIVED = 17
};

typedef struct h2_headers_event {
    /* In order, with repeated fields. Headers and bytes live until the next
       h2_connection_next_event. */
    const h2_header *headers;
    size_t header_count;
    uint32_t pushed_stream_id; /* of H2_EVENT_PUSHED_STREAM_RECEIVED: where the response comes */
    uint8_t ends_stream; /* no body follows; H2_EVENT_STREAM_ENDED does */
    uint8_t has_priority; /* H2_EVENT_PRIORITY_UPDATED follows */
    uint8_t reserved[2];
    h2_priority priority; /* where has_priority is not 0 */
} h2_headers_event;

typedef struct h2_data_event {
    /* The payload, without padding. It is a part of the bytes given to h2_connection_receive,
       unless its frame came in pieces, and lives until the next h2_connection_next_event. */
    const uint8_t *bytes;
    size_t count;
    size_t flow_controlled_length; /* what to acknowledge: bytes, padding included */
    uint8_t ends_stream; /* the body ends here; H2_EVENT_STREAM_ENDED follows */
    uint8_t reserved[7];
} h2_data_event;

typedef struct h2_reset_event {
    uint32_t error_code; /* of h2_error_code */
    uint8_t is_remote; /* the peer ended it, not this side because of what the peer sent */
    uint8_t is_safe_to_retry; /* the peer did nothing with the request, RFC 9113 section 8.7 */
    uint8_t reserved[2];
} h2_reset_event;

typedef struct h2_window_event {
    uint32_t delta; /* bytes added to the window */
} h2_window_event;

typedef struct h2_settings_event {
    const h2_setting_change *changes; /* lives until the next h2_connection_next_event */
    size_t change_count;
} h2_settings_event;

typedef struct h2_ping_event {
    uint8_t opaque_data[8];
} h2_ping_event;

typedef struct h2_terminated_event {
    const uint8_t *additional_data; /* lives until the next h2_connection_next_event */
    size_t additional_data_length;
    uint32_t error_code; /* of h2_error_code */
    uint32_t last_stream_id; /* the last stream of ours that the peer did or may act on */
} h2_terminated_event;

typedef struct h2_alternative_service_event {
    const char *origin; /* not terminated; lives until the next h2_connection_next_event */
    size_t origin_length;
    const char *field_value; /* likewise */
    size_t field_value_length;
} h2_alternative_service_event;

typedef struct h2_unknown_frame_event {
    const uint8_t *payload; /* lives until the next h2_connection_next_event */
    size_t payload_length;
    uint8_t type;
    uint8_t flags;
    uint8_t reserved[6];
} h2_unknown_frame_event;

/* What the peer did. Its type tells which member of the union holds, if any. */
typedef struct h2_event {
    int32_t type; /* of h2_event_type; leave alone one that you do not know */
    uint32_t stream_id; /* 0 for the connection; for a promise, the stream that it belongs to */
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
        uint64_t reserved[15];
    };
} h2_event;

/* Fetches the next event, in the order in which the peer acted. Returns

   - 1 if there was an event,
   - 0 if there are no more events, or
   - once, after the events from before it, the code of the error in the bytes given to
     h2_connection_receive. Then write what is left to send, which normally ends in a GOAWAY, and
     close the transport.

   With 0 or that error, the bytes given to h2_connection_receive are no longer needed.

   All pointers in *event live until the next call of this function on this connection, or
   h2_connection_free, whatever other functions are called in between. A payload that is a part of
   the bytes given to h2_connection_receive does not live longer than these bytes. */
int32_t h2_connection_next_event(h2_connection *connection, h2_event *event);

/* ---- What is to be sent ---- */

/* Gets all queued bytes for the peer, oldest first, without copying or removing them; *count is 0
   if there are none. The bytes live until the next call on this connection of a function that does
   not take it as const. */
int32_t h2_connection_data_to_send(
    h2_connection *connection, const uint8_t **bytes, size_t *count);

/* Drops the first `count` of these bytes: they were written to the peer. */
int32_t h2_connection_did_send(h2_connection *connection, size_t count);

/* Bytes that are queued for the peer. */
int32_t h2_connection_outbound_byte_count(const h2_connection *connection, size_t *count);

/* Drops all bytes for the peer, which then misses frames: for when the transport is gone. */
int32_t h2_connection_clear_outbound_data(h2_connection *connection);

/* ---- Sending ---- */

enum h2_send_flag {
    /* Nothing more is sent on the stream. */
    H2_END_STREAM = 0x1
};

/* The identifier for the next stream that this side opens: the same until it is opened. */
int32_t h2_connection_next_available_stream_id(
    const h2_connection *connection, uint32_t *stream_id);

/* Sends a header section: at a client a request, which opens the stream, and then trailers; at a
   server any number of 1xx responses, one final response, and then trailers. RFC 9113 section 8.1.
   `flags` are of h2_send_flag. `priority` may be NULL, and must be at a server. */
int32_t h2_connection_send_headers(
    h2_connection *connection, uint32_t stream_id, const h2_header *headers, size_t header_count,
    uint32_t flags, const h2_priority *priority);

/* Sends one DATA frame: at most as many bytes as h2_connection_local_flow_control_window and
   h2_connection_max_outbound_frame_size allow. They are copied. `flags` are of h2_send_flag.
   H2_ERR_INVALID_BODY_LENGTH: the body would differ from the content-length that was sent, or the
   response must not have content. */
int32_t h2_connection_send_data(
    h2_connection *connection, uint32_t stream_id, const void *bytes, size_t count, uint32_t flags);

/* The same, with 0 to 255 bytes of padding; they and one more count as data. */
int32_t h2_connection_send_padded_data(
    h2_connection *connection, uint32_t stream_id, const void *bytes, size_t count,
    uint32_t pad_length, uint32_t flags);

/* Ends a stream without more data, also if the window is closed. H2_ERR_INVALID_BODY_LENGTH: fewer
   bytes were sent than content-length announced. */
int32_t h2_connection_end_stream(h2_connection *connection, uint32_t stream_id);

/* Ends a stream abnormally, RFC 9113 section 6.4; `error_code` is of h2_error_code, or another. */
int32_t h2_connection_reset_stream(
    h2_connection *connection, uint32_t stream_id, uint32_t error_code);

/* At a server: promises to answer a request that the client did not make, RFC 9113 section 8.4. The
   response is then sent on the promised stream. */
int32_t h2_connection_push_stream(
    h2_connection *connection, uint32_t promised_stream_id, uint32_t parent_stream_id,
    const h2_header *request_headers, size_t header_count);

/* Sends a PING of 8 bytes, RFC 9113 section 6.7; H2_EVENT_PING_ACK_RECEIVED brings them back. */
int32_t h2_connection_ping(h2_connection *connection, const uint8_t opaque_data[8]);

/* As last_stream_id of h2_connection_close: the highest stream that the peer opened. */
#define H2_HIGHEST_STREAM_ID UINT32_MAX

/* Ends the connection with GOAWAY, RFC 9113 section 6.8: nothing else can be sent or received after
   it. `last_stream_id` is the last stream of the peer that was or may be acted on. */
int32_t h2_connection_close(
    h2_connection *connection, uint32_t error_code, const void *additional_data,
    size_t additional_data_length, uint32_t last_stream_id);

/* Sends SETTINGS; they are in force when H2_EVENT_SETTINGS_ACKNOWLEDGED says so. The last value of
   an identifier that is given more than once holds. */
int32_t h2_connection_update_settings(
    h2_connection *connection, const h2_setting *settings, size_t setting_count);

/* At a client: tells the server about the RFC 7540 priority of a stream. */
int32_t h2_connection_prioritize(
    h2_connection *connection, uint32_t stream_id, const h2_priority *priority);

/* At a server: tells the client that an origin can be reached elsewhere, too, RFC 7838. */
int32_t h2_connection_advertise_alternative_service(
    h2_connection *connection, const char *field_value, size_t field_value_length,
    const char *origin, size_t origin_length);

/* The same for the origin of a request, before the final response to it. */
int32_t h2_connection_advertise_alternative_service_on_stream(
    h2_connection *connection, uint32_t stream_id, const char *field_value,
    size_t field_value_length);

/* ---- Flow control ---- */

/* Hands bytes that were received and are done with back to the peer, for the stream and the
   connection: `size` is flow_controlled_length of the event, or a part of it. That the stream is
   closed meanwhile is no error. */
int32_t h2_connection_acknowledge_received_data(
    h2_connection *connection, uint32_t stream_id, size_t size);

/* Makes the window of a stream, or of the connection (0), larger by 1 to 2^31-1 bytes. */
int32_t h2_connection_increment_flow_control_window(
    h2_connection *connection, uint32_t stream_id, uint32_t increment);

/* Bytes that may be sent on a stream now, padding included. Negative after the peer lowered
   INITIAL_WINDOW_SIZE. */
int32_t h2_connection_local_flow_control_window(
    const h2_connection *connection, uint32_t stream_id, int64_t *window);

/* Bytes that the peer may send on a stream now, padding included. */
int32_t h2_connection_remote_flow_control_window(
    const h2_connection *connection, uint32_t stream_id, int64_t *window);

/* Bytes that the peer may send on the connection. */
int32_t h2_connection_inbound_flow_control_window(
    const h2_connection *connection, int64_t *window);

/* Bytes that may be sent on the connection. */
int32_t h2_connection_outbound_flow_control_window(
    const h2_connection *connection, int64_t *window);

/* ---- The state ---- */

enum h2_state {
    /* No stream was opened yet. */
    H2_STATE_IDLE = 1,
    /* Streams were opened. */
    H2_STATE_OPEN = 2,
    /* It is over: nothing but GOAWAY may be sent. */
    H2_STATE_CLOSED = 3
};

/* Where the connection stands: of h2_state. */
int32_t h2_connection_state(const h2_connection *connection, int32_t *state);

/* The highest stream that the peer opened, 0 for none. */
int32_t h2_connection_highest_inbound_stream_id(
    const h2_connection *connection, uint32_t *stream_id);

/* The highest stream that this side opened, 0 for none. */
int32_t h2_connection_highest_outbound_stream_id(
    const h2_connection *connection, uint32_t *stream_id);

/* Streams of the peer that are open or half-closed. */
int32_t h2_connection_open_inbound_streams(const h2_connection *connection, uint32_t *count);

/* Streams of this side that are open or half-closed. */
int32_t h2_connection_open_outbound_streams(const h2_connection *connection, uint32_t *count);

/* Bytes of the largest frame payload that is accepted. */
int32_t h2_connection_max_inbound_frame_size(const h2_connection *connection, uint32_t *size);

/* Bytes of the largest frame payload that may be sent. */
int32_t h2_connection_max_outbound_frame_size(const h2_connection *connection, uint32_t *size);

/* The settings of this side that are in force. *count is how many there are; at most `capacity` of
   them are written to `settings`. */
int32_t h2_connection_local_settings(
    const h2_connection *connection, h2_setting *settings, size_t capacity, size_t *count);

/* The settings of the peer that are in force; otherwise as h2_connection_local_settings. */
int32_t h2_connection_remote_settings(
    const h2_connection *connection, h2_setting *settings, size_t capacity, size_t *count);

/* How often something happened: how much of the allowance is used up now, and how often in all. */
typedef struct h2_usage_count {
    int64_t used;
    int64_t total;
} h2_usage_count;

/* How close a budget came to its bound. */
typedef struct h2_usage_peak {
    int64_t most_used; /* the most that was ever used up at once */
    /* How much can be used up: the allowance of h2_budget, raised by announced streams or windows,
       plus the initial reserve if no call was ever passed a time. H2_UNLIMITED for no bound. */
    int64_t allowance;
} h2_usage_peak;

/* How much of each limit of h2_limits is used, and the most that was ever used. */
typedef struct h2_usage {
    size_t size; /* sizeof(h2_usage): set it before the call */
    h2_usage_count peer_resets;
    h2_usage_count provoked_resets;
    h2_usage_count control_frames;
    h2_usage_count window_updates;
    h2_usage_count empty_data;
    h2_usage_count small_data;
    int64_t header_fields; /* the most that came: */
    int64_t header_list_size;
    int64_t continuation_frames;
    int64_t header_block_size;
    int64_t settings_per_frame;
    int64_t reserved_streams; /* now: */
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

int32_t h2_connection_usage(const h2_connection *connection, h2_usage *usage);

/* Bytes that a connection holds: the sum of all but `spare`, which is the part of it that is only
   kept to be used again. */
typedef struct h2_memory {
    size_t size; /* sizeof(h2_memory): set it before the call */
    int64_t streams;
    int64_t headers;
    int64_t input; /* the frame that is not complete */
    int64_t output;
    int64_t engine; /* nghttp2, with its compression tables */
    int64_t spare;
} h2_memory;

/* It takes a while: of use for a report now and then. What belongs to the C ABI is not counted:
   events that were not fetched, and less than 10 kB. */
int32_t h2_connection_memory(const h2_connection *connection, h2_memory *memory);

/* SETTINGS frames of this side that the peer has not acknowledged yet. */
int32_t h2_connection_unacknowledged_frames(const h2_connection *connection, size_t *count);

/* The settings of one of these frames, 0 being the oldest; otherwise as
   h2_connection_local_settings. */
int32_t h2_connection_unacknowledged_settings(
    const h2_connection *connection, size_t frame, h2_setting *settings, size_t capacity,
    size_t *count);

#ifdef __cplusplus
}
#endif

#endif
