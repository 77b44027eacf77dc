// SPDX-License-Identifier: MIT
//
// The yardstick: both ends of a connection in one process, using nghttp2 as its documentation does.
//
// The output of nghttp2_session_mem_send is collected in a buffer and passed to the other session's
// nghttp2_session_mem_recv. Bodies come from a data provider that copies. All options are defaults,
// except that received data is acknowledged with nghttp2_session_consume, not automatically. The
// form `counts` counts fields in their callback. The form `stores` keeps them until the field
// section is complete, as a library that delivers the section as one event must.

#include "job.h"

#include <stdlib.h>
#include <string.h>

// The stream and connection windows in workloads that enlarge them.
#define WINDOW (1 << 20)
// Concurrent streams, as in nghttp2's tutorial.
#define STREAMS 100
// Units in the longest bodies: 1 GiB and 64 MiB.
#define LONG_RESPONSE 65536
#define LONG_REQUEST 4096
// The maximum passed to the other end at once: four full frames.
#define FRAME (9 + UNIT)
#define HANDOVER (4 * FRAME)

typedef struct {
    uint32_t name_length, value_length;
} range;

// A stored field section: `bytes` holds each field's name and value, one after another.
typedef struct {
    uint8_t *bytes;
    size_t length, capacity;
    range *ranges;
    size_t count, range_capacity;
} stored;

// A body being sent.
typedef struct {
    uint64_t offset, left;
} body;

typedef struct {
    uint8_t bytes[HANDOVER];
    size_t length;
} output;

// State shared by all connections of a run.
typedef struct {
    job *job;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    int has_windows, is_answered;
    uint32_t max_streams;
    uint64_t request_length, response_length;
    uint64_t requests_sent, responses_sent;
    // Indexed by stream: more entries than concurrent streams with a body.
    body request_bodies[128], response_bodies[128];
    output from_client, from_server;
} bench;

// One end of a connection.
typedef struct {
    nghttp2_session *session;
    bench *bench;
    tally *received;
    output *output;
    int is_server;
    stored stored;
} side;

static void check(const char *what, long result) {
    if (result < 0) die(what, result);
}

// Bodies

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t length,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
    (void)session, (void)stream;
    side *side = user;
    body *body = source->ptr;
    if (length > UNIT) length = UNIT;
    if (length > body->left) length = body->left;
    memcpy(buffer, side->bench->job->block + body->offset % BLOCK, length);
    body->offset += length;
    body->left -= length;
    if (body->left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)length;
}

static nghttp2_data_provider *provide(nghttp2_data_provider *provider, body *bodies,
                                      uint32_t stream, uint64_t length) {
    if (length == 0) return NULL;
    body *body = &bodies[stream / 2 % 128];
    body->offset = 0;
    body->left = length;
    provider->source.ptr = body;
    provider->read_callback = read_body;
    return provider;
}

static void request(side *client) {
    bench *bench = client->bench;
    nghttp2_data_provider provider;
    const section *section =
        &bench->job->requests.items[bench->requests_sent++ % bench->job->requests.count];
    uint32_t stream = nghttp2_session_get_next_stream_id(client->session);
    check("submit_request",
          nghttp2_submit_request(
              client->session, NULL, section->fields, section->count,
              provide(&provider, bench->request_bodies, stream, bench->request_length), NULL));
}

static void respond(side *server, int32_t stream) {
    bench *bench = server->bench;
    nghttp2_data_provider provider;
    const section *section =
        &bench->job->responses.items[bench->responses_sent++ % bench->job->responses.count];
    check("submit_response",
          nghttp2_submit_response(server->session, stream, section->fields, section->count,
                                  provide(&provider, bench->response_bodies, (uint32_t)stream,
                                          bench->response_length)));
}

// Fields

static int count_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                       size_t name_length, const uint8_t *value, size_t value_length,
                       uint8_t flags, void *user) {
    (void)session, (void)frame, (void)flags;
    side *side = user;
    tally_field(side->received, side->bench->job, name, name_length, value, value_length);
    return 0;
}

static void *grow(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (memory == NULL) die("no memory", (long)size);
    return memory;
}

static int begin_stored(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    (void)session, (void)frame;
    stored *stored = &((side *)user)->stored;
    stored->length = stored->count = 0;
    stored->capacity = 512;
    stored->range_capacity = 16;
    stored->bytes = grow(NULL, stored->capacity);
    stored->ranges = grow(NULL, stored->range_capacity * sizeof(range));
    return 0;
}

static int store_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                       size_t name_length, const uint8_t *value, size_t value_length,
                       uint8_t flags, void *user) {
    (void)session, (void)frame, (void)flags;
    stored *stored = &((side *)user)->stored;
    size_t length = stored->length + name_length + value_length;
    if (length > stored->capacity) {
        while (length > stored->capacity) stored->capacity *= 2;
        stored->bytes = grow(stored->bytes, stored->capacity);
    }
    if (stored->count == stored->range_capacity) {
        stored->range_capacity *= 2;
        stored->ranges = grow(stored->ranges, stored->range_capacity * sizeof(range));
    }
    memcpy(stored->bytes + stored->length, name, name_length);
    memcpy(stored->bytes + stored->length + name_length, value, value_length);
    stored->length = length;
    stored->ranges[stored->count++] = (range){(uint32_t)name_length, (uint32_t)value_length};
    return 0;
}

// Plays the application that handles the event and then frees it.
static void use_stored(side *side) {
    stored *stored = &side->stored;
    const uint8_t *at = stored->bytes;
    if (side->bench->job->is_full) {
        for (size_t i = 0; i < stored->count; i++) {
            range range = stored->ranges[i];
            tally_field(side->received, side->bench->job, at, range.name_length,
                        at + range.name_length, range.value_length);
            at += range.name_length + range.value_length;
        }
    } else {
        side->received->fields += stored->count;
    }
    free(stored->bytes);
    free(stored->ranges);
    stored->bytes = NULL;
    stored->ranges = NULL;
}

// Frames

static int take_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
                     size_t length, void *user) {
    (void)flags;
    side *side = user;
    tally_data(side->received, side->bench->job, data, length);
    check("consume", nghttp2_session_consume(session, stream, length));
    return 0;
}

static int take_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    (void)session;
    side *side = user;
    if (frame->hd.type == NGHTTP2_HEADERS) {
        if (side->stored.bytes != NULL) use_stored(side);
        tally_section(side->received, side->bench->job);
    } else if (frame->hd.type != NGHTTP2_DATA) {
        return 0;
    }
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
        tally_message(side->received, side->bench->job);
        if (side->is_server && side->bench->is_answered) respond(side, frame->hd.stream_id);
    }
    return 0;
}

// The transport

static void collect(side *side) {
    output *output = side->output;
    while (output->length + FRAME <= sizeof output->bytes) {
        const uint8_t *data;
        ssize_t length = nghttp2_session_mem_send(side->session, &data);
        check("mem_send", length);
        if (length == 0) return;
        if (length > FRAME) die("more than a frame", length);
        memcpy(output->bytes + output->length, data, (size_t)length);
        output->length += (size_t)length;
    }
}

static size_t carry(side *from, side *to) {
    collect(from);
    size_t length = from->output->length;
    if (length == 0) return 0;
    ssize_t taken = nghttp2_session_mem_recv(to->session, from->output->bytes, length);
    if (taken != (ssize_t)length) die("mem_recv", taken);
    from->output->length = 0;
    return length;
}

// Exchanges output until neither end has any.
static void settle(side *client, side *server) {
    size_t moved;
    do {
        moved = carry(client, server);
        moved += carry(server, client);
    } while (moved != 0);
}

// Connections

static void open_side(side *side, bench *bench, int is_server) {
    memset(side, 0, sizeof *side);
    side->bench = bench;
    side->is_server = is_server;
    side->received = is_server ? &bench->job->requests_received : &bench->job->responses_received;
    side->output = is_server ? &bench->from_server : &bench->from_client;
    check("session_new", (is_server ? nghttp2_session_server_new2 : nghttp2_session_client_new2)(
                             &side->session, bench->callbacks, side, bench->option));
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, bench->max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW}};
    check("submit_settings", nghttp2_submit_settings(side->session, NGHTTP2_FLAG_NONE, settings,
                                                     bench->has_windows ? 2 : 1));
    if (bench->has_windows) {
        check("set_local_window_size", nghttp2_session_set_local_window_size(
                                           side->session, NGHTTP2_FLAG_NONE, 0, WINDOW));
    }
}

static void close_side(side *side) { nghttp2_session_del(side->session); }

static void connect_sides(bench *bench, side *client, side *server) {
    open_side(client, bench, 0);
    open_side(server, bench, 1);
    settle(client, server);
}

// Workloads

static void sequential(bench *bench, side *client, side *server) {
    for (uint64_t i = 0; i < bench->job->operations; i++) {
        request(client);
        settle(client, server);
    }
}

static void concurrent(bench *bench, side *client, side *server) {
    for (uint64_t left = bench->job->operations; left > 0;) {
        uint64_t batch = left < STREAMS ? left : STREAMS;
        for (uint64_t i = 0; i < batch; i++) request(client);
        settle(client, server);
        left -= batch;
    }
}

static void single(side *client, side *server) {
    request(client);
    settle(client, server);
}

// Sends the operations as bodies of at most `most` units each.
static void transfer(bench *bench, side *client, side *server, uint64_t *length, uint64_t most) {
    for (uint64_t left = bench->job->operations; left > 0;) {
        uint64_t units = left < most ? left : most;
        *length = units * UNIT;
        single(client, server);
        left -= units;
    }
}

static void set_up(bench *bench, side *client, side *server) {
    for (uint64_t i = 0; i < bench->job->operations; i++) {
        connect_sides(bench, client, server);
        single(client, server);
        check("terminate_session",
              nghttp2_session_terminate_session(client->session, NGHTTP2_NO_ERROR));
        settle(client, server);
        close_side(client);
        close_side(server);
    }
}

// Opens idle connections and returns the resident bytes they take together.
static long hold_connections(bench *bench) {
    uint64_t count = bench->job->operations;
    side *sides = take(2 * count + 2, sizeof *sides);
    memset(sides, 1, (2 * count + 2) * sizeof *sides);
    connect_sides(bench, &sides[0], &sides[1]);
    long before = resident_bytes();
    for (uint64_t i = 1; i <= count; i++) connect_sides(bench, &sides[2 * i], &sides[2 * i + 1]);
    return resident_bytes() - before;
}

// Opens streams that wait for a response and returns the resident bytes they take together.
static long hold_streams(bench *bench, side *client, side *server) {
    single(client, server);
    long before = resident_bytes();
    concurrent(bench, client, server);
    return resident_bytes() - before;
}

static void set_callbacks(bench *bench) {
    nghttp2_session_callbacks *callbacks = bench->callbacks;
    if (strcmp(bench->job->form, "stores") == 0) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_stored);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, store_field);
    } else if (strcmp(bench->job->form, "counts") == 0) {
        nghttp2_session_callbacks_set_on_header_callback(callbacks, count_field);
    } else {
        die("unknown form", 0);
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, take_frame);
}

int main(int argc, char **argv) {
    static bench bench;
    job *job = bench.job = job_read(argc, argv);
    check("callbacks_new", nghttp2_session_callbacks_new(&bench.callbacks));
    set_callbacks(&bench);
    check("option_new", nghttp2_option_new(&bench.option));
    nghttp2_option_set_no_auto_window_update(bench.option, 1);

    const char *name = job->workload;
    int is_response_long = strcmp(name, "W3") == 0, is_request_long = strcmp(name, "W6") == 0;
    bench.has_windows = is_response_long || strcmp(name, "W2") == 0;
    bench.is_answered = strcmp(name, "M2") != 0;
    bench.max_streams = bench.is_answered ? STREAMS : (uint32_t)job->operations + 1;
    bench.response_length = is_request_long || strcmp(name, "W4") == 0 ? 0 : 1024;

    side client, server;
    long resident = 0;
    double start = cpu_seconds();
    if (strcmp(name, "M1") == 0) {
        resident = hold_connections(&bench);
    } else if (strcmp(name, "W5") == 0) {
        set_up(&bench, &client, &server);
    } else {
        connect_sides(&bench, &client, &server);
        start = cpu_seconds();
        if (strcmp(name, "M2") == 0) {
            resident = hold_streams(&bench, &client, &server);
        } else if (strcmp(name, "W1") == 0 || strcmp(name, "W4") == 0) {
            sequential(&bench, &client, &server);
        } else if (strcmp(name, "W2") == 0) {
            concurrent(&bench, &client, &server);
        } else if (is_response_long) {
            transfer(&bench, &client, &server, &bench.response_length, LONG_RESPONSE);
        } else if (is_request_long) {
            transfer(&bench, &client, &server, &bench.request_length, LONG_REQUEST);
        } else {
            die("unknown workload", 0);
        }
    }
    job_print(job, cpu_seconds() - start, resident);
    return 0;
}
