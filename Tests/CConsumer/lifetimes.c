/* SPDX-License-Identifier: MIT */
/*
 * Checks that each pointer the library returns stays valid as long as h2.h promises. The program
 * reads the memory at the last moment at which it must be valid and compares it with a copy made at
 * the first, so that it can also fail without the address sanitizer.
 */
#include <h2.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if !defined(__SANITIZE_ADDRESS__)
/* Fills freed memory and never reuses it, so that reading it through a stale pointer is noticed.
   This replaces the `free` of the C library, for libch2.so too. */
void free(void *memory) {
    if (memory != NULL) memset(memory, 0xdd, malloc_usable_size(memory));
}
#endif

#define CHECK(claim) check(claim, #claim, __LINE__)

static void check(int holds, const char *claim, int line) {
    if (holds) return;
    fprintf(stderr, "lifetimes.c:%d: not true: %s\n", line, claim);
    exit(1);
}

/* ---- Copies of the memory that pointers refer to ---- */

enum { COPIES = 256 };

typedef struct {
    struct {
        const void *start;
        void *copy;
        size_t count;
    } parts[COPIES];
    size_t count;
} copies;

static void keep(copies *kept, const void *start, size_t count) {
    CHECK(kept->count < COPIES);
    if (count == 0) return;
    void *copy = malloc(count);
    CHECK(copy != NULL);
    memcpy(copy, start, count);
    kept->parts[kept->count].start = start;
    kept->parts[kept->count].copy = copy;
    kept->parts[kept->count++].count = count;
}

static int is_unchanged(const copies *kept) {
    for (size_t i = 0; i < kept->count; i++) {
        if (memcmp(kept->parts[i].start, kept->parts[i].copy, kept->parts[i].count) != 0) return 0;
    }
    return 1;
}

static void drop(copies *kept) {
    for (size_t i = 0; i < kept->count; i++) free(kept->parts[i].copy);
    kept->count = 0;
}

static void keep_event(copies *kept, const h2_event *event) {
    switch (event->type) {
    case H2_EVENT_RESPONSE_RECEIVED:
        keep(kept, event->headers.headers,
             event->headers.header_count * sizeof *event->headers.headers);
        for (size_t i = 0; i < event->headers.header_count; i++) {
            const h2_header *header = &event->headers.headers[i];
            keep(kept, header->name, header->name_length);
            keep(kept, header->value, header->value_length);
        }
        break;
    case H2_EVENT_DATA_RECEIVED:
        keep(kept, event->data.bytes, event->data.count);
        break;
    case H2_EVENT_REMOTE_SETTINGS_CHANGED:
        keep(kept, event->settings.changes,
             event->settings.change_count * sizeof *event->settings.changes);
        break;
    case H2_EVENT_CONNECTION_TERMINATED:
        keep(kept, event->terminated.additional_data, event->terminated.additional_data_length);
        break;
    case H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE:
        keep(kept, event->alternative_service.origin, event->alternative_service.origin_length);
        keep(kept, event->alternative_service.field_value,
             event->alternative_service.field_value_length);
        break;
    case H2_EVENT_UNKNOWN_FRAME_RECEIVED:
        keep(kept, event->unknown_frame.payload, event->unknown_frame.payload_length);
        break;
    case H2_EVENT_SEND_WINDOWS_OPENED:
        keep(kept, event->windows_opened.stream_ids,
             event->windows_opened.stream_count * sizeof *event->windows_opened.stream_ids);
        break;
    default:
        break;
    }
}

/* ---- Frames from the server ---- */

typedef struct {
    uint8_t bytes[16384];
    size_t count;
} buffer;

static void append(buffer *to, const void *bytes, size_t count) {
    CHECK(count <= sizeof to->bytes - to->count);
    memcpy(to->bytes + to->count, bytes, count);
    to->count += count;
}

static void append_frame(
    buffer *to, uint8_t type, uint8_t flags, uint8_t stream, const void *payload, size_t count) {
    uint8_t header[9] = {0, (uint8_t)(count >> 8), (uint8_t)count, type, flags, 0, 0, 0, stream};
    append(to, header, sizeof header);
    append(to, payload, count);
}

/* Appends a response with :status and `fields` other fields, whose values consist of `letter`. */
static void append_response(buffer *to, uint8_t stream, int fields, char letter) {
    buffer section = {.count = 0};
    append(&section, "\x88", 1);
    for (int i = 0; i < fields; i++) {
        uint8_t field[] = {0, 3, 'x', '-', (uint8_t)('a' + i % 26), 60};
        char value[60];
        memset(value, letter, sizeof value);
        append(&section, field, sizeof field);
        append(&section, value, sizeof value);
    }
    append_frame(to, 1, 4, stream, section.bytes, section.count);
}

static h2_header header(const char *name, const char *value) {
    h2_header header = {name, strlen(name), value, strlen(value), 0, 0};
    return header;
}

static void take(h2_connection *connection, const buffer *from) {
    h2_event event;
    CHECK(h2_connection_receive(connection, from->bytes, from->count) == H2_OK);
    while (h2_connection_next_event(connection, &event) == 1) {}
}

/* Returns a client after the handshake, with streams 1 and 3 open. */
static h2_connection *connect_client(void) {
    h2_config config;
    h2_connection *connection;
    h2_header request[] = {header(":method", "GET"), header(":scheme", "http"),
                           header(":authority", "localhost"), header(":path", "/")};
    buffer start = {.count = 0};
    CHECK(h2_config_init(&config, sizeof config, H2_CLIENT) == H2_OK);
    CHECK(h2_connection_new(&config, &connection) == H2_OK);
    CHECK(h2_connection_initiate(connection) == H2_OK);
    append_frame(&start, 4, 0, 0, NULL, 0);
    append_frame(&start, 4, 1, 0, NULL, 0);
    take(connection, &start);
    for (uint32_t stream = 1; stream <= 3; stream += 2) {
        CHECK(h2_connection_send_headers(
                  connection, stream, request, 4, H2_END_STREAM, NULL) == H2_OK);
    }
    return connection;
}

/* ---- Calls that end no lifetime ---- */

/* Calls each function that takes the connection as const. */
static void ask(const h2_connection *connection) {
    h2_config config = {.size = sizeof config};
    h2_usage usage = {.size = sizeof usage};
    h2_memory memory = {.size = sizeof memory};
    h2_setting settings[8];
    size_t count;
    uint32_t number;
    int32_t state;
    int64_t window;
    uint64_t time;
    h2_last_error(connection);
    CHECK(h2_last_error_deadline(connection) == H2_DEADLINE_NONE);
    CHECK(h2_connection_has_events(connection) >= 0);
    CHECK(h2_connection_queued_byte_count(connection, &count) == H2_OK);
    CHECK(h2_connection_queued_byte_count_on_stream(connection, 3, &count) == H2_OK);
    CHECK(h2_connection_round_trip_time(connection, &window) == H2_OK);
    CHECK(h2_connection_next_deadline(connection, &time) == H2_OK);
    CHECK(h2_connection_configuration(connection, &config) == H2_OK);
    CHECK(h2_connection_outbound_byte_count(connection, &count) == H2_OK);
    CHECK(h2_connection_next_available_stream_id(connection, &number) == H2_OK);
    CHECK(h2_connection_local_flow_control_window(connection, 3, &window) == H2_OK);
    CHECK(h2_connection_remote_flow_control_window(connection, 3, &window) == H2_OK);
    CHECK(h2_connection_inbound_flow_control_window(connection, &window) == H2_OK);
    CHECK(h2_connection_outbound_flow_control_window(connection, &window) == H2_OK);
    CHECK(h2_connection_state(connection, &state) == H2_OK);
    CHECK(h2_connection_highest_inbound_stream_id(connection, &number) == H2_OK);
    CHECK(h2_connection_highest_outbound_stream_id(connection, &number) == H2_OK);
    CHECK(h2_connection_open_inbound_streams(connection, &number) == H2_OK);
    CHECK(h2_connection_open_outbound_streams(connection, &number) == H2_OK);
    CHECK(h2_connection_available_outbound_streams(connection, &window) == H2_OK);
    CHECK(h2_connection_sendable_byte_count(connection, 3, &count) == H2_OK);
    CHECK(h2_connection_max_inbound_frame_size(connection, &number) == H2_OK);
    CHECK(h2_connection_max_outbound_frame_size(connection, &number) == H2_OK);
    CHECK(h2_connection_local_settings(connection, settings, 8, &count) == H2_OK);
    CHECK(h2_connection_remote_settings(connection, settings, 8, &count) == H2_OK);
    CHECK(h2_connection_unacknowledged_frames(connection, &count) == H2_OK);
    CHECK(h2_connection_usage(connection, &usage) == H2_OK);
    CHECK(h2_connection_memory(connection, &memory) == H2_OK);
    h2_last_error(connection);
}

/* Queues SETTINGS and PING, and removes all queued output. */
static void send_something(h2_connection *connection) {
    const uint8_t *bytes;
    size_t count;
    h2_setting setting = {H2_SETTINGS_MAX_CONCURRENT_STREAMS, 7};
    CHECK(h2_connection_update_settings(connection, &setting, 1) == H2_OK);
    CHECK(h2_connection_ping(connection, (const uint8_t *)"12345678") == H2_OK);
    CHECK(h2_connection_data_to_send(connection, &bytes, &count) == H2_OK);
    CHECK(h2_connection_did_send(connection, count) == H2_OK);
}

/* ---- Claims ---- */

/* The structure and its message stay valid until the next call that fails on this connection. */
static void the_last_error_lives_until_the_next_failing_call(void) {
    h2_connection *connection = connect_client();
    copies kept = {.count = 0};
    CHECK(h2_last_error(connection) == NULL);
    CHECK(h2_connection_send_data(connection, 77, NULL, 0, 0) == H2_ERR_NO_SUCH_STREAM);
    const h2_error *error = h2_last_error(connection);
    const char *message = error->message;
    keep(&kept, message, strlen(message) + 1);
    keep(&kept, error, sizeof *error);
    for (int i = 0; i < 3; i++) {
        CHECK(h2_last_error(connection) == error);
        CHECK(is_unchanged(&kept));
        ask(connection);
        send_something(connection);
        CHECK(is_unchanged(&kept));
    }
    CHECK(h2_connection_ping(connection, NULL) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_last_error(connection)->result == H2_ERR_INVALID_ARGUMENT);
    CHECK(strstr(h2_last_error(connection)->message, "NULL") != NULL);
    drop(&kept);
    h2_connection_free(connection);
}

/* "All pointers in *event live until the next call of this function", even after the last event. */
static void an_event_lives_until_the_next_call(
    h2_connection *connection, const buffer *bytes, size_t first_piece, int32_t type) {
    h2_event event;
    copies kept = {.count = 0};
    buffer other = {.count = 0};
    /* The storage is freed as soon as h2.h allows. */
    uint8_t *given = malloc(bytes->count);
    CHECK(given != NULL);
    memcpy(given, bytes->bytes, bytes->count);
    if (first_piece > 0) {
        CHECK(h2_connection_receive(connection, given, first_piece) == H2_OK);
        CHECK(h2_connection_next_event(connection, &event) == 0);
    }
    CHECK(h2_connection_receive(connection, given + first_piece, bytes->count - first_piece) ==
          H2_OK);
    CHECK(h2_connection_next_event(connection, &event) == 1);
    CHECK(event.type == type);
    keep_event(&kept, &event);
    CHECK(kept.count > 0);

    ask(connection);
    send_something(connection);
    CHECK(is_unchanged(&kept));
    /* Enough fields to make the library move its list of fields. */
    append_response(&other, 3, 60, 'b');
    int32_t result = h2_connection_receive(connection, other.bytes, other.count);
    CHECK(is_unchanged(&kept));
    CHECK(result == H2_ERR_EVENTS_PENDING);
    CHECK(h2_connection_receive_at(connection, other.bytes, other.count, 1) ==
          H2_ERR_EVENTS_PENDING);
    CHECK(h2_last_error(connection)->result == H2_ERR_EVENTS_PENDING);
    CHECK(h2_connection_next_event(connection, NULL) == H2_ERR_INVALID_ARGUMENT);
    CHECK(is_unchanged(&kept));

    CHECK(h2_connection_next_event(connection, &event) == 0);
    free(given);
    drop(&kept);
    CHECK(h2_connection_receive(connection, NULL, 0) == H2_OK);
    CHECK(h2_connection_next_event(connection, &event) == 0);
}

static void events_live_until_the_next_call(void) {
    h2_connection *connection = connect_client();
    buffer bytes = {.count = 0};
    append_response(&bytes, 1, 40, 'a');
    an_event_lives_until_the_next_call(connection, &bytes, 0, H2_EVENT_RESPONSE_RECEIVED);
    bytes.count = 0;
    append_frame(&bytes, 4, 0, 0, "\0\4\0\0\x7f\xff\0\3\0\0\0\x09", 12);
    an_event_lives_until_the_next_call(connection, &bytes, 0, H2_EVENT_REMOTE_SETTINGS_CHANGED);
    bytes.count = 0;
    append_frame(&bytes, 0, 0, 1, "a payload that comes at once", 28);
    an_event_lives_until_the_next_call(connection, &bytes, 0, H2_EVENT_DATA_RECEIVED);
    an_event_lives_until_the_next_call(connection, &bytes, 15, H2_EVENT_DATA_RECEIVED);
    bytes.count = 0;
    append_frame(&bytes, 0xa, 0, 0, "\0\11https://oclear", 16);
    an_event_lives_until_the_next_call(
        connection, &bytes, 0, H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE);
    bytes.count = 0;
    append_frame(&bytes, 0xee, 0x5a, 0, "an unknown frame", 16);
    an_event_lives_until_the_next_call(connection, &bytes, 0, H2_EVENT_UNKNOWN_FRAME_RECEIVED);
    bytes.count = 0;
    append_frame(&bytes, 7, 0, 0, "\0\0\0\3\0\0\0\0goodbye", 15);
    an_event_lives_until_the_next_call(connection, &bytes, 0, H2_EVENT_CONNECTION_TERMINATED);
    h2_connection_free(connection);
}

/* The list of streams lives until the next fetch, whatever other functions do in the meantime. */
static void a_list_of_streams_lives_until_the_next_call(void) {
    h2_config config;
    h2_connection *connection;
    h2_event event;
    h2_header request[] = {header(":method", "POST"), header(":scheme", "http"),
                           header(":authority", "localhost"), header(":path", "/")};
    copies kept = {.count = 0};
    buffer bytes = {.count = 0};
    CHECK(h2_config_init(&config, sizeof config, H2_CLIENT) == H2_OK);
    config.reports_stream_outcomes = 1;
    CHECK(h2_connection_new(&config, &connection) == H2_OK);
    CHECK(h2_connection_initiate(connection) == H2_OK);
    append_frame(&bytes, 4, 0, 0, "\0\4\0\0\0\0", 6);
    append_frame(&bytes, 4, 1, 0, NULL, 0);
    take(connection, &bytes);
    for (uint32_t stream = 1; stream < 100; stream += 2) {
        CHECK(h2_connection_send_headers(connection, stream, request, 4, 0, NULL) == H2_OK);
    }
    bytes.count = 0;
    append_frame(&bytes, 4, 0, 0, "\0\4\0\0\0\1", 6);
    CHECK(h2_connection_receive(connection, bytes.bytes, bytes.count) == H2_OK);
    CHECK(h2_connection_next_event(connection, &event) == 1);
    CHECK(event.type == H2_EVENT_REMOTE_SETTINGS_CHANGED);
    CHECK(h2_connection_next_event(connection, &event) == 1);
    CHECK(event.type == H2_EVENT_SEND_WINDOWS_OPENED && event.windows_opened.stream_count == 50);
    CHECK(event.windows_opened.stream_ids[49] == 99);
    keep_event(&kept, &event);

    ask(connection);
    send_something(connection);
    CHECK(h2_connection_enqueue_data(connection, 3, "abc", 3, H2_END_STREAM) == H2_OK);
    CHECK(h2_connection_reset_stream(connection, 1, H2_CANCEL) == H2_OK);
    CHECK(h2_connection_receive(connection, bytes.bytes, bytes.count) == H2_ERR_EVENTS_PENDING);
    CHECK(h2_connection_handle_deadlines(connection, 1) == H2_ERR_EVENTS_PENDING);
    CHECK(is_unchanged(&kept));
    CHECK(h2_connection_lost(connection) == H2_OK);
    CHECK(is_unchanged(&kept));
    /* The streams end in the order in which their events arose. */
    for (uint32_t stream = 1; stream < 100; stream += 2) {
        CHECK(h2_connection_has_events(connection) == 1);
        CHECK(h2_connection_next_event(connection, &event) == 1);
        CHECK(event.type == H2_EVENT_STREAM_CLOSED && event.stream_id == stream);
        CHECK(event.closed.outcome == (stream == 1 ? H2_OUTCOME_RESET : H2_OUTCOME_CUT_OFF));
        CHECK(event.closed.unsent_byte_count == (stream == 3 ? 3 : 0));
    }
    CHECK(h2_connection_has_events(connection) == 0);
    CHECK(h2_connection_next_event(connection, &event) == 0);
    drop(&kept);
    h2_connection_free(connection);
}

/* An event of another call than h2_connection_receive lives as long as one of received bytes, and
   events that were not fetched are not lost. */
static void events_of_other_calls_live_until_the_next_call(void) {
    h2_connection *connection = connect_client();
    h2_event event;
    buffer bytes = {.count = 0};
    CHECK(h2_connection_start_graceful_shutdown(connection) == H2_OK);
    CHECK(h2_connection_next_event(connection, &event) == 0);
    CHECK(h2_connection_reset_stream(connection, 1, H2_CANCEL) == H2_OK);
    CHECK(h2_connection_has_events(connection) == 0);
    CHECK(h2_connection_reset_stream(connection, 3, H2_CANCEL) == H2_OK);
    CHECK(h2_connection_has_events(connection) == 1);
    append_frame(&bytes, 6, 0, 0, "12345678", 8);
    CHECK(h2_connection_receive(connection, bytes.bytes, bytes.count) == H2_OK);
    CHECK(h2_connection_next_event(connection, &event) == 1);
    CHECK(event.type == H2_EVENT_CONNECTION_DRAINED && event.stream_id == 0);
    CHECK(h2_connection_receive(connection, bytes.bytes, bytes.count) == H2_ERR_EVENTS_PENDING);
    CHECK(h2_connection_next_event(connection, &event) == 1);
    CHECK(event.type == H2_EVENT_PING_RECEIVED);
    CHECK(h2_connection_next_event(connection, &event) == 0);
    /* Misuse is refused and changes nothing. */
    CHECK(h2_connection_has_events(NULL) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_connection_lost(NULL) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_connection_enqueue_data(connection, 1, NULL, 1, 0) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_connection_enqueue_data(connection, 1, "", SIZE_MAX, 0) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_connection_enqueue_trailers(connection, 1, NULL, 1) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_connection_set_send_priority(connection, 1, NULL) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_connection_send_priority_update(connection, 1, NULL) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_connection_next_deadline(connection, NULL) == H2_ERR_INVALID_ARGUMENT);
    CHECK(h2_connection_next_event(connection, &event) == 0);
    h2_connection_free(connection);
}

/* An event followed by an error lives until the call that returns the error. */
static void an_event_before_an_error_lives_until_the_error(void) {
    h2_connection *connection = connect_client();
    h2_event event;
    copies kept = {.count = 0};
    buffer bytes = {.count = 0};
    append_response(&bytes, 1, 5, 'a');
    append_frame(&bytes, 3, 0, 99, "\0\0\0\0", 4);
    CHECK(h2_connection_receive(connection, bytes.bytes, bytes.count) == H2_OK);
    CHECK(h2_connection_next_event(connection, &event) == 1);
    keep_event(&kept, &event);
    CHECK(h2_connection_receive(connection, bytes.bytes, bytes.count) == H2_ERR_EVENTS_PENDING);
    CHECK(is_unchanged(&kept));
    CHECK(h2_connection_next_event(connection, &event) == H2_ERR_PROTOCOL_VIOLATION);
    const h2_error *error = h2_last_error(connection);
    copies reason = {.count = 0};
    keep(&reason, error->message, strlen(error->message) + 1);
    CHECK(h2_connection_next_event(connection, &event) == 0);
    CHECK(h2_last_error(connection) == error);
    CHECK(is_unchanged(&reason));
    drop(&reason);
    drop(&kept);
    h2_connection_free(connection);
}

/* The bytes live until the next call of a function that does not take the connection as const. */
static void bytes_to_send_live_while_the_connection_is_const(void) {
    h2_connection *connection = connect_client();
    const uint8_t *bytes, *again;
    size_t count;
    copies kept = {.count = 0};
    CHECK(h2_connection_data_to_send(connection, &bytes, &count) == H2_OK);
    CHECK(count > 100);
    keep(&kept, bytes, count);
    ask(connection);
    ask(connection);
    CHECK(is_unchanged(&kept));
    CHECK(h2_connection_data_to_send(connection, &again, &count) == H2_OK);
    CHECK(count == kept.parts[0].count && memcmp(again, kept.parts[0].copy, count) == 0);
    drop(&kept);
    h2_connection_free(connection);
}

/* The configuration and the HTTP2-Settings value live as long as the connection. */
static void what_lives_as_long_as_the_connection_does(void) {
    h2_config config, reported = {.size = sizeof reported}, again = {.size = sizeof again};
    h2_limits limits;
    h2_deadlines deadlines;
    h2_flow_control flow_control;
    h2_connection *connection;
    h2_setting settings[] = {{H2_SETTINGS_MAX_CONCURRENT_STREAMS, 5}, {0x77, 1}};
    const char *upgrade = NULL, *other = NULL;
    copies kept = {.count = 0};
    CHECK(h2_limits_init(&limits, sizeof limits) == H2_OK);
    CHECK(h2_config_init(&config, sizeof config, H2_CLIENT) == H2_OK);
    limits.memory = 1 << 20;
    config.limits = &limits;
    CHECK(h2_deadlines_init(&deadlines, sizeof deadlines) == H2_OK);
    CHECK(h2_flow_control_init(&flow_control, sizeof flow_control) == H2_OK);
    deadlines.shutdown = 77;
    flow_control.stream_window = 77777;
    config.deadlines = &deadlines;
    config.flow_control = &flow_control;
    config.initial_settings = settings;
    config.initial_setting_count = 2;
    CHECK(h2_connection_new(&config, &connection) == H2_OK);
    /* The library reads arguments only during the call. */
    memset(&limits, 0xaa, sizeof limits);
    memset(&deadlines, 0xaa, sizeof deadlines);
    memset(&flow_control, 0xaa, sizeof flow_control);
    memset(settings, 0xaa, sizeof settings);
    CHECK(h2_connection_configuration(connection, &reported) == H2_OK);
    CHECK(reported.limits->memory == 1 << 20 && reported.initial_setting_count == 2);
    CHECK(reported.deadlines->shutdown == 77 && reported.flow_control->stream_window == 77777);
    keep(&kept, reported.limits, sizeof *reported.limits);
    keep(&kept, reported.deadlines, sizeof *reported.deadlines);
    keep(&kept, reported.flow_control, sizeof *reported.flow_control);
    keep(&kept, reported.initial_settings, 2 * sizeof *reported.initial_settings);
    CHECK(h2_connection_initiate_upgrade_client(connection, &upgrade) == H2_OK);
    keep(&kept, upgrade, strlen(upgrade) + 1);
    CHECK(h2_connection_initiate_upgrade_client(connection, &other) == H2_ERR_PROTOCOL_VIOLATION);
    CHECK(h2_connection_configuration(connection, &again) == H2_OK);
    CHECK(other == NULL && is_unchanged(&kept));
    send_something(connection);
    CHECK(is_unchanged(&kept));
    drop(&kept);
    h2_connection_free(connection);
}

/* The library's constant strings live as long as the program. */
static void texts_live_as_long_as_the_program(void) {
    const char *version = h2_version(), *name = h2_result_name(H2_ERR_STREAM_CLOSED);
    h2_connection *connection = connect_client();
    ask(connection);
    h2_connection_free(connection);
    CHECK(version == h2_version() && strcmp(version, H2_VERSION) == 0);
    CHECK(strcmp(name, "H2_ERR_STREAM_CLOSED") == 0);
}

int main(int argc, char **argv) {
    static void (*const claims[])(void) = {
        the_last_error_lives_until_the_next_failing_call,
        events_live_until_the_next_call,
        a_list_of_streams_lives_until_the_next_call,
        events_of_other_calls_live_until_the_next_call,
        an_event_before_an_error_lives_until_the_error,
        bytes_to_send_live_while_the_connection_is_const,
        what_lives_as_long_as_the_connection_does,
        texts_live_as_long_as_the_program,
    };
    /* With an argument, checks only the claim with that number. */
    int only = argc > 1 ? atoi(argv[1]) : -1;
    for (int i = 0; i < (int)(sizeof claims / sizeof claims[0]); i++) {
        if (only < 0 || only == i) claims[i]();
    }
    return 0;
}
