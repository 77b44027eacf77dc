// SPDX-License-Identifier: MIT

#include "CFuzzInterface.h"

#include <stdlib.h>
#include <string.h>

#include "h2.h"

// ---- The input ----

typedef struct {
    const uint8_t *data;
    size_t size;
} input;

static uint8_t byte(input *in) {
    if (in->size == 0) return 0;
    in->size--;
    return *in->data++;
}

static uint32_t word(input *in) {
    uint32_t high = byte(in);
    return high << 8 | byte(in);
}

// Returns a number that is usually small, otherwise a limit or a number next to one.
static uint32_t number(input *in) {
    static const uint32_t ends[] = {0x3fff,     0x4000,     0x4001,     0xffff,
                                    0x10000,    0xffffff,   0x7fffffff, 0x80000000,
                                    0xffffffff, 0x7fff0000, 1,          0};
    uint8_t choice = byte(in);
    if (choice < 0xe0) return choice;
    return ends[choice % (sizeof ends / sizeof ends[0])];
}

// Returns a copy whose storage ends with its last byte, so that reads past it are found, or NULL.
static uint8_t *take(input *in, size_t *count) {
    if (*count > in->size) *count = in->size;
    if (*count == 0) return NULL;
    uint8_t *copy = malloc(*count);
    memcpy(copy, in->data, *count);
    in->data += *count;
    in->size -= *count;
    return copy;
}

// ---- One end ----

enum { HELD = 16, STREAMS = 16, RECEIVED = 4 };

typedef struct {
    h2_connection *connection;
    // Whether calls pass the time, and the current time in nanoseconds.
    int is_timed;
    uint64_t time;
    // Received bytes that must stay valid until their events are fetched.
    uint8_t *received[RECEIVED];
    size_t received_sizes[RECEIVED];
    size_t received_count;
    uint32_t streams[STREAMS];
    size_t stream_count;
    struct {
        uint32_t stream;
        size_t size;
    } held[HELD];
    size_t held_count;
    // The last event fetched, if its pointers are still valid.
    h2_event last;
    int has_last;
    // The number of bytes that a planted fault counts in excess.
    int64_t miscounted;
} end;

// Thread-local, because tests run in parallel.
static _Thread_local volatile uint64_t sink;

// Reads all `count` bytes.
static void touch(const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint64_t sum = 0;
    for (size_t index = 0; index < count; index++) sum += next[index];
    sink += sum;
}

// Returns a problem unless the result is a constant of h2_result and the last error has it too.
static const char *check(const end *it, int32_t result) {
    if (result == H2_OK) return NULL;
    if (result == H2_ERR_INTERNAL) return "an internal error";
    const char *name = h2_result_name(result);
    if (result > 0 || name == NULL) return "an undeclared result";
    const h2_error *error = h2_last_error(it->connection);
    if (error == NULL || error->result != result) return "the last error has another result";
    if (error->message == NULL) return "an error without a message";
    const char *message = error->message;
    // The error and its message live until the next call that fails.
    if (h2_last_error(it->connection) != error || error->message != message)
        return "a last error that moved";
    touch(message, strlen(message) + 1);
    return NULL;
}

static uint32_t stream(const end *it, input *in) {
    uint8_t choice = byte(in);
    if (choice < 0xe0 && it->stream_count > 0) return it->streams[choice % it->stream_count];
    return choice == 0xff ? 0x80000001 : choice & 0x1f;
}

static void remember(end *it, uint32_t id) {
    it->streams[it->stream_count % STREAMS] = id;
    if (it->stream_count < STREAMS) it->stream_count++;
}

static void touch_headers(const h2_headers_event *headers) {
    for (size_t index = 0; index < headers->header_count; index++) {
        const h2_header *header = &headers->headers[index];
        touch(header->name, header->name_length);
        touch(header->value, header->value_length);
    }
}

// Reads all memory that an event points to.
static void touch_event(const h2_event *event) {
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_PUSHED_STREAM_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED:
        touch_headers(&event->headers);
        break;
    case H2_EVENT_DATA_RECEIVED: touch(event->data.bytes, event->data.count); break;
    case H2_EVENT_REMOTE_SETTINGS_CHANGED:
    case H2_EVENT_SETTINGS_ACKNOWLEDGED:
        touch(event->settings.changes,
              event->settings.change_count * sizeof *event->settings.changes);
        break;
    case H2_EVENT_CONNECTION_TERMINATED:
        touch(event->terminated.additional_data, event->terminated.additional_data_length);
        break;
    case H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE:
        touch(event->alternative_service.origin, event->alternative_service.origin_length);
        touch(event->alternative_service.field_value,
              event->alternative_service.field_value_length);
        break;
    case H2_EVENT_UNKNOWN_FRAME_RECEIVED:
        touch(event->unknown_frame.payload, event->unknown_frame.payload_length);
        break;
    case H2_EVENT_SEND_WINDOWS_OPENED:
        touch(event->windows_opened.stream_ids,
              event->windows_opened.stream_count * sizeof *event->windows_opened.stream_ids);
        break;
    default: break;
    }
}

// ---- Planted faults ----

// Whether `Scripts/fuzz --self-test` plants this fault: see PlantedFault.swift.
static int is_planted(const char *fault) {
    const char *planted = getenv("H2_PLANTED_FAULT");
    return planted != NULL && strcmp(planted, fault) == 0;
}

// Reads past the end of the received bytes if they end with a certain PING.
static void read_past_end(const end *it, const uint8_t *ping) {
    if (ping[0] % 32 != 3 || it->received_count == 0) return;
    const uint8_t *bytes = it->received[it->received_count - 1];
    size_t count = it->received_sizes[it->received_count - 1];
    if (count >= 8 && memcmp(bytes + count - 8, ping, 8) == 0) touch(bytes + count, ping[0]);
}

// Commits a planted fault if the event triggers it: certain lengths of padded DATA, or certain bytes
// of a PING.
static void commit_fault(end *it, const h2_event *event) {
    if (event->type == H2_EVENT_PING_RECEIVED && is_planted("read"))
        read_past_end(it, event->ping.opaque_data);
    if (event->type == H2_EVENT_DATA_RECEIVED && is_planted("window")) {
        size_t length = event->data.flow_controlled_length;
        if (length > event->data.count + 1 && length % 32 == 3) it->miscounted++;
    }
}

static void see(end *it, const h2_event *event) {
    touch_event(event);
    commit_fault(it, event);
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED: remember(it, event->stream_id); break;
    case H2_EVENT_PUSHED_STREAM_RECEIVED: remember(it, event->headers.pushed_stream_id); break;
    case H2_EVENT_DATA_RECEIVED: {
        size_t place = it->held_count % HELD;
        it->held[place].stream = event->stream_id;
        it->held[place].size = event->data.flow_controlled_length;
        if (it->held_count < HELD) it->held_count++;
        break;
    }
    default: break;
    }
    it->last = *event;
    it->has_last = 1;
}

static void forget_received(end *it) {
    while (it->received_count > 0) free(it->received[--it->received_count]);
}

// Fetches up to `most` events; frees the received bytes once no events are left.
static const char *fetch(end *it, size_t most) {
    for (size_t count = 0; count < most; count++) {
        h2_event event;
        memset(&event, 0xaa, sizeof event);
        int32_t expected = h2_connection_has_events(it->connection);
        int32_t result = h2_connection_next_event(it->connection, &event);
        if ((expected == 1) != (result != 0)) return "h2_connection_has_events is wrong";
        if (result == 1) {
            see(it, &event);
            continue;
        }
        it->has_last = 0;
        forget_received(it);
        return check(it, result);
    }
    return NULL;
}

// Receives `count` bytes and takes ownership of them.
static const char *receive(end *it, uint8_t *bytes, size_t count) {
    if (it->received_count == RECEIVED) {
        const char *problem = fetch(it, SIZE_MAX);
        if (problem != NULL) {
            free(bytes);
            return problem;
        }
    }
    it->time += (uint64_t)count << 20;
    int32_t result = it->is_timed
                         ? h2_connection_receive_at(it->connection, bytes, count, it->time)
                         : h2_connection_receive(it->connection, bytes, count);
    if (it->has_last) {
        if (result == H2_OK) {
            free(bytes);
            return "bytes accepted while the last event is in use";
        }
        touch_event(&it->last);
    }
    if (result != H2_OK) {
        free(bytes);
        return check(it, result);
    }
    it->received_sizes[it->received_count] = count;
    it->received[it->received_count++] = bytes;
    return NULL;
}

// Moves up to `most` bytes from one end to the other.
static const char *move(end *from, end *to, size_t most) {
    const char *problem = fetch(to, SIZE_MAX);
    if (problem != NULL) return problem;
    const uint8_t *bytes;
    size_t count;
    int32_t result = h2_connection_data_to_send(from->connection, &bytes, &count);
    if (result != H2_OK) return check(from, result);
    if (count > most) count = most;
    if (count == 0) return NULL;
    uint8_t *copy = malloc(count);
    memcpy(copy, bytes, count);
    result = h2_connection_did_send(from->connection, count);
    if (result != H2_OK) {
        free(copy);
        return check(from, result);
    }
    return receive(to, copy, count);
}

// ---- Calls ----

enum { FIELDS = 8 };

typedef struct {
    h2_header fields[FIELDS];
    uint8_t *texts[2 * FIELDS];
    size_t count;
} section;

static h2_header text(const char *name, const char *value) {
    h2_header header = {name, strlen(name), value, strlen(value), 0, 0};
    return header;
}

static section make_section(input *in) {
    section it = {.count = 0};
    uint8_t kind = byte(in);
    if (kind % 4 == 0) {
        it.fields[it.count++] = text(":method", kind & 4 ? "POST" : "GET");
        it.fields[it.count++] = text(":scheme", "https");
        it.fields[it.count++] = text(":authority", "a.example");
        it.fields[it.count++] = text(":path", "/");
    } else if (kind % 4 == 1) {
        it.fields[it.count++] = text(":status", kind & 4 ? "103" : "200");
    } else if (kind % 4 == 2) {
        it.fields[it.count++] = text("x-a", "1");
    }
    size_t more = kind >> 6;
    for (size_t index = 0; index < more; index++) {
        uint8_t lengths = byte(in);
        size_t name_length = lengths & 0xf, value_length = lengths >> 4;
        h2_header *field = &it.fields[it.count];
        uint8_t *name = take(in, &name_length), *value = take(in, &value_length);
        it.texts[2 * it.count] = name;
        it.texts[2 * it.count + 1] = value;
        field->name = (const char *)name;
        field->name_length = name_length;
        field->value = (const char *)value;
        field->value_length = value_length;
        field->flags = lengths & 1 ? H2_HEADER_NEVER_INDEXED : 0;
        it.count++;
    }
    return it;
}

static void free_section(section *it) {
    for (size_t index = 0; index < 2 * it->count; index++) free(it->texts[index]);
}

static int32_t send_section(end *it, input *in, uint32_t id) {
    uint8_t flags = byte(in);
    section headers = make_section(in);
    h2_priority priority = {byte(in), word(in), flags & 2, 0};
    int32_t result = h2_connection_send_headers(
        it->connection, id, headers.fields, headers.count, flags & 1 ? H2_END_STREAM : 0,
        flags >= 0xf0 ? &priority : NULL);
    free_section(&headers);
    if (result == H2_OK) remember(it, id);
    return result;
}

static int32_t send_data(end *it, input *in, int is_padded) {
    static const size_t sizes[] = {0, 1, 100, 1024, 4095, 4096, 16384, 16385};
    uint32_t id = stream(it, in);
    uint8_t flags = byte(in);
    size_t count = sizes[flags >> 5];
    uint8_t *bytes = count == 0 ? NULL : calloc(1, count);
    uint32_t end_stream = flags & 1 ? H2_END_STREAM : 0;
    int32_t result =
        is_padded ? h2_connection_send_padded_data(
                        it->connection, id, bytes, count, number(in), end_stream)
                  : h2_connection_send_data(it->connection, id, bytes, count, end_stream);
    free(bytes);
    return result;
}

static int32_t enqueue_data(end *it, input *in) {
    static const size_t sizes[] = {0, 1, 1000, 70000};
    uint32_t id = stream(it, in);
    uint8_t flags = byte(in);
    size_t count = sizes[flags >> 6];
    uint8_t *bytes = count == 0 ? NULL : calloc(1, count);
    int32_t result = h2_connection_enqueue_data(
        it->connection, id, bytes, count, flags & 1 ? H2_END_STREAM : 0);
    free(bytes);
    return result;
}

static int32_t enqueue_trailers(end *it, input *in) {
    uint32_t id = stream(it, in);
    section trailers = make_section(in);
    int32_t result =
        h2_connection_enqueue_trailers(it->connection, id, trailers.fields, trailers.count);
    free_section(&trailers);
    return result;
}

static int32_t set_priority(end *it, input *in) {
    uint32_t id = stream(it, in);
    uint8_t choice = byte(in);
    h2_extensible_priority priority = {choice >> 4, choice & 2, {0}};
    return choice & 1 ? h2_connection_send_priority_update(it->connection, id, &priority)
                      : h2_connection_set_send_priority(it->connection, id, &priority);
}

static int32_t send_settings(end *it, input *in) {
    size_t count = byte(in) & 3;
    h2_setting settings[3];
    for (size_t index = 0; index < count; index++) {
        settings[index].identifier = byte(in) % 10 == 9 ? number(in) : byte(in) % 10;
        settings[index].value = number(in);
    }
    return h2_connection_update_settings(it->connection, settings, count);
}

static int32_t push(end *it, input *in) {
    uint32_t promised = 0;
    h2_connection_next_available_stream_id(it->connection, &promised);
    uint32_t parent = stream(it, in);
    section request = make_section(in);
    int32_t result = h2_connection_push_stream(
        it->connection, promised, parent, request.fields, request.count);
    free_section(&request);
    if (result == H2_OK) remember(it, promised);
    return result;
}

// Calls each function that only reads the connection.
static int32_t look(end *it, input *in) {
    uint32_t id = stream(it, in), value;
    int32_t state;
    int64_t window;
    uint64_t time;
    size_t count;
    h2_setting settings[4];
    h2_config config = {.size = sizeof config};
    h2_usage usage = {.size = sizeof usage};
    h2_memory memory = {.size = sizeof memory};
    h2_connection_local_flow_control_window(it->connection, id, &window);
    h2_connection_remote_flow_control_window(it->connection, id, &window);
    h2_connection_inbound_flow_control_window(it->connection, &window);
    h2_connection_outbound_flow_control_window(it->connection, &window);
    h2_connection_state(it->connection, &state);
    h2_connection_highest_inbound_stream_id(it->connection, &value);
    h2_connection_highest_outbound_stream_id(it->connection, &value);
    h2_connection_open_inbound_streams(it->connection, &value);
    h2_connection_open_outbound_streams(it->connection, &value);
    h2_connection_available_outbound_streams(it->connection, &window);
    h2_connection_sendable_byte_count(it->connection, id, &count);
    h2_connection_max_inbound_frame_size(it->connection, &value);
    h2_connection_max_outbound_frame_size(it->connection, &value);
    h2_connection_outbound_byte_count(it->connection, &count);
    h2_connection_queued_byte_count(it->connection, &count);
    h2_connection_queued_byte_count_on_stream(it->connection, id, &count);
    h2_connection_round_trip_time(it->connection, &window);
    h2_connection_next_deadline(it->connection, &time);
    size_t capacity = byte(in) % 5;
    h2_connection_local_settings(it->connection, settings, capacity, &count);
    h2_connection_remote_settings(it->connection, settings, capacity, &count);
    h2_connection_unacknowledged_frames(it->connection, &count);
    h2_connection_unacknowledged_settings(it->connection, byte(in), settings, capacity, &count);
    if (h2_connection_configuration(it->connection, &config) == H2_OK) {
        touch(config.initial_settings,
              config.initial_setting_count * sizeof *config.initial_settings);
        touch(config.limits, sizeof *config.limits);
        touch(config.deadlines, sizeof *config.deadlines);
        if (config.flow_control != NULL) touch(config.flow_control, sizeof *config.flow_control);
    }
    h2_connection_usage(it->connection, &usage);
    h2_connection_memory(it->connection, &memory);
    return h2_connection_state(it->connection, &state);
}

static int32_t misuse(end *it, input *in) {
    switch (byte(in) % 10) {
    case 0: return h2_connection_receive(it->connection, NULL, 1);
    case 1: return h2_connection_next_event(it->connection, NULL);
    case 2: return h2_connection_data_to_send(it->connection, NULL, NULL);
    case 3: return h2_connection_send_headers(it->connection, 1, NULL, 1, 0, NULL);
    case 4: return h2_connection_send_data(it->connection, 1, NULL, SIZE_MAX, 0);
    case 5: return h2_connection_update_settings(it->connection, NULL, 1);
    case 6: return h2_connection_did_send(it->connection, SIZE_MAX);
    case 7: return h2_connection_ping(it->connection, NULL);
    case 8: return h2_connection_initiate(it->connection);
    default: return h2_connection_send_headers(it->connection, 1, NULL, 0, 0xfffffffe, NULL);
    }
}

// Calls of queued data, deadlines and the end of a connection.
static int32_t act_at_length(end *it, input *in, uint8_t kind) {
    switch (kind % 8) {
    case 0:
    case 1:
    case 2: return enqueue_data(it, in);
    case 3: return enqueue_trailers(it, in);
    case 4: return set_priority(it, in);
    case 5:
        it->time += (uint64_t)number(in) << 20;
        return h2_connection_advance(it->connection, it->time);
    case 6:
        it->time += (uint64_t)number(in) << 20;
        return h2_connection_handle_deadlines(it->connection, it->time);
    default: {
        // Rare, because little can happen after it.
        uint8_t choice = byte(in);
        if (choice >= 0xf8) return h2_connection_lost(it->connection);
        if (choice >= 0xe0) return h2_connection_start_graceful_shutdown(it->connection);
        return h2_connection_advance(it->connection, it->time);
    }
    }
}

static int32_t act(end *it, input *in, uint8_t kind) {
    uint32_t id = 0;
    if (kind >= 0x48) return act_at_length(it, in, kind);
    switch (kind % 20) {
    case 0:
    case 1:
        h2_connection_next_available_stream_id(it->connection, &id);
        return send_section(it, in, id);
    case 2:
    case 3:
    case 4: return send_section(it, in, stream(it, in));
    case 5:
    case 6: return send_data(it, in, 0);
    case 7: return send_data(it, in, 1);
    case 8: return h2_connection_end_stream(it->connection, stream(it, in));
    case 9:
        id = stream(it, in);
        return h2_connection_reset_stream(it->connection, id, number(in));
    case 10:
    case 11: {
        if (it->held_count == 0) {
            id = stream(it, in);
            return h2_connection_acknowledge_received_data(it->connection, id, number(in));
        }
        size_t place = byte(in) % it->held_count;
        return h2_connection_acknowledge_received_data(
            it->connection, it->held[place].stream, it->held[place].size);
    }
    case 12:
        id = byte(in) & 1 ? 0 : stream(it, in);
        return h2_connection_increment_flow_control_window(it->connection, id, number(in));
    case 13: return send_settings(it, in);
    case 14: return push(it, in);
    case 15: {
        h2_priority priority = {number(in), word(in), byte(in), 0};
        return h2_connection_prioritize(it->connection, stream(it, in), &priority);
    }
    case 16: {
        size_t count = byte(in) & 0x3f, origin_count = byte(in) & 0x1f;
        uint8_t *field = take(in, &count), *origin = take(in, &origin_count);
        int32_t result =
            origin_count == 0
                ? h2_connection_advertise_alternative_service_on_stream(
                      it->connection, stream(it, in), (const char *)field, count)
                : h2_connection_advertise_alternative_service(
                      it->connection, (const char *)field, count, (const char *)origin,
                      origin_count);
        free(field);
        free(origin);
        return result;
    }
    case 17: return look(it, in);
    case 18: return misuse(it, in);
    default: {
        // Rare, because almost nothing can happen afterwards.
        uint8_t data[8] = {byte(in)};
        if (data[0] < 0xf0) return h2_connection_ping(it->connection, data);
        size_t count = byte(in) & 0xf;
        uint8_t *bytes = take(in, &count);
        int32_t result = h2_connection_close(
            it->connection, number(in), bytes, count, H2_HIGHEST_STREAM_ID);
        free(bytes);
        return result;
    }
    }
}

// ---- A conversation ----

// After all bytes are delivered: what one end may send on the connection, the other must accept.
static const char *compare(const end *from, const end *to) {
    int32_t states[2];
    int64_t sends, takes;
    if (h2_connection_state(from->connection, &states[0]) != H2_OK ||
        h2_connection_state(to->connection, &states[1]) != H2_OK)
        return "no state";
    if (states[0] == H2_STATE_CLOSED || states[1] == H2_STATE_CLOSED) return NULL;
    if (h2_connection_outbound_flow_control_window(from->connection, &sends) != H2_OK ||
        h2_connection_inbound_flow_control_window(to->connection, &takes) != H2_OK)
        return "no window";
    takes -= to->miscounted;
    return sends == takes ? NULL : "the ends disagree about a window";
}

// Lowers limits so that a few frames exceed them, or removes the limit of memory.
static void lower(h2_limits *limits, input *in) {
    static const h2_budget budget = {2, 1};
    uint8_t switches = byte(in);
    if (switches & 1) limits->peer_resets = limits->provoked_resets = budget;
    if (switches & 2) limits->control_frames = limits->window_updates = budget;
    if (switches & 4) limits->empty_data = limits->small_data = budget;
    if (switches & 8) limits->header_fields = 5;
    if (switches & 0x10) limits->header_list_size = limits->header_block_size = 200;
    if (switches & 0x20) limits->peer_output = 40;
    if (switches & 0x40) limits->closed_streams = limits->reserved_streams = 1;
    if (switches & 0x80) limits->memory = H2_UNLIMITED;
}

// Creates a connection without initiating it.
//
// `options` is the last byte of the input, so that it moves no other byte.
static const char *make(end *it, int32_t role, input *in, uint8_t options) {
    h2_config config;
    h2_limits limits;
    h2_deadlines deadlines;
    h2_flow_control flow_control;
    if (h2_deadlines_init(&deadlines, sizeof deadlines) != H2_OK) return "no deadlines";
    if (h2_flow_control_init(&flow_control, sizeof flow_control) != H2_OK) return "no sizes";
    if (h2_limits_init(&limits, sizeof limits) != H2_OK) return "no limits";
    if (h2_config_init(&config, sizeof config, role) != H2_OK) return "no configuration";
    uint8_t switches = byte(in);
    config.malformed_messages =
        switches & 1 ? H2_MALFORMED_RESET_STREAM : H2_MALFORMED_CONNECTION_ERROR;
    if (switches & 2) config.go_away = H2_GO_AWAY_CLOSE_AT_ONCE;
    if (switches & 4) config.validate_outbound_headers = 0;
    if (switches & 8) config.normalize_inbound_headers = 0;
    if (switches & 0x10) it->is_timed = 1;
    if (switches & 0x20) {
        lower(&limits, in);
        config.limits = &limits;
    }
    h2_setting settings[] = {{H2_SETTINGS_INITIAL_WINDOW_SIZE, 300},
                             {H2_SETTINGS_MAX_CONCURRENT_STREAMS, 3}};
    config.initial_settings = settings;
    config.initial_setting_count = switches >> 6 > 2 ? 2 : switches >> 6;
    // The values 2 and 3 both announce MAX_CONCURRENT_STREAMS, but differ in the policy.
    config.excess = switches >> 6 > 2 ? H2_EXCESS_RESET_STREAM : H2_EXCESS_CONNECTION_ERROR;
    if (options & 2) config.reports_stream_outcomes = 1;
    if (options & 4) {
        int64_t milliseconds = 1000000;
        deadlines.first_settings = deadlines.settings_acknowledgement = 900 * milliseconds;
        deadlines.field_block = deadlines.output = 900 * milliseconds;
        deadlines.idle = deadlines.stream_inactivity = 500 * milliseconds;
        deadlines.keepalive_interval = deadlines.keepalive_answer = 300 * milliseconds;
        deadlines.drain_rate_bytes = 1000;
        deadlines.drain_rate_interval = deadlines.shutdown_announcement = 400 * milliseconds;
        deadlines.shutdown = 600 * milliseconds;
        deadlines.maximum_age = 9000 * milliseconds;
        config.deadlines = &deadlines;
    }
    if (options & 8) config.flow_control = &flow_control;
    if (options & 0x10) config.priorities = H2_PRIORITIES_EXTENSIBLE;
    if (options & 0x20) config.late_calls = H2_LATE_CALLS_IGNORED;
    if (options & 0x40) config.sends_client_go_away = 1;
    if (options & 0x80) config.send_queue_high_water_mark = config.send_queue_low_water_mark = 900;
    return h2_connection_new(&config, &it->connection) == H2_OK ? NULL : "no connection";
}

static const char *initiate(end *client, end *server, int is_upgraded) {
    if (!is_upgraded) {
        const char *problem = check(client, h2_connection_initiate(client->connection));
        return problem ? problem : check(server, h2_connection_initiate(server->connection));
    }
    const char *settings = NULL;
    const char *problem =
        check(client, h2_connection_initiate_upgrade_client(client->connection, &settings));
    if (problem != NULL) return problem;
    if (settings == NULL) return "no settings for an upgrade";
    touch(settings, strlen(settings) + 1);
    remember(client, 1);
    remember(server, 1);
    return check(
        server, h2_connection_initiate_upgrade_server(server->connection, settings));
}

static const char *converse(end ends[2], input *in) {
    int is_pure = 1;
    uint8_t options = in->size > 0 ? in->data[in->size - 1] : 0;
    const char *problem = make(&ends[0], H2_CLIENT, in, options);
    if (problem == NULL) problem = make(&ends[1], H2_SERVER, in, options);
    if (problem == NULL) problem = initiate(&ends[0], &ends[1], byte(in) == 0xff);
    while (problem == NULL && in->size > 0) {
        uint8_t step = byte(in);
        end *it = &ends[step & 1], *other = &ends[~step & 1];
        uint8_t kind = step >> 1;
        if (kind >= 0x60) {
            size_t size = kind & 0x1f;
            problem = move(it, other, size < 16 ? size + 1 : size < 31 ? size * 60 : SIZE_MAX);
        } else if (kind >= 0x58) {
            // Fetches one event or all; calls can be made in between.
            problem = fetch(it, kind & 1 ? 1 : SIZE_MAX);
        } else if (kind == 0x57) {
            problem = check(it, h2_connection_clear_outbound_data(it->connection));
            is_pure = 0;
        } else if (kind >= 0x50) {
            // Bytes that no peer using this library would send.
            size_t count = byte(in);
            uint8_t *bytes = take(in, &count);
            problem = receive(it, bytes, count);
            if (count > 0) is_pure = 0;
        } else {
            problem = check(it, act(it, in, kind));
            if (it->has_last) touch_event(&it->last);
        }
    }
    for (int round = 0; problem == NULL && round < 8; round++) {
        problem = move(&ends[round & 1], &ends[~round & 1], SIZE_MAX);
        if (problem == NULL) problem = fetch(&ends[~round & 1], SIZE_MAX);
    }
    if (problem == NULL && is_pure) problem = compare(&ends[0], &ends[1]);
    if (problem == NULL && is_pure) problem = compare(&ends[1], &ends[0]);
    return problem;
}

const char *fuzz_c_interface(const uint8_t *data, size_t size) {
    input in = {data, size};
    end ends[2];
    memset(ends, 0, sizeof ends);
    int frees_first = size > 0 && data[size - 1] & 1;
    const char *problem = converse(ends, &in);
    for (int index = 0; index < 2; index++) {
        // The received bytes are no longer needed, because the remaining events are discarded.
        end *it = &ends[index ^ frees_first];
        h2_connection_free(it->connection);
        forget_received(it);
    }
    return problem;
}
