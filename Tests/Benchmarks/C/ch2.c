// SPDX-License-Identifier: MIT
//
// The benchmark of H2's C ABI, with the same calls as BenchH2 in Swift: both ends run in one
// process, and all pending output of one end is passed to the other at once. Received fields are
// counted.

#include "job.h"

#include <h2.h>
#include <string.h>

// Concurrent requests in W2, and SETTINGS_MAX_CONCURRENT_STREAMS of the server.
#define BATCH 100
#define STREAMS 100
// The stream and connection windows in workloads that enlarge them.
#define WINDOW (1 << 20)

typedef struct {
    h2_connection *connection;
    tally *received;
    int is_server;
    // The field sections to send, as the C ABI takes them, and the number of sections sent so far.
    h2_header **sections;
    const sections *source;
    size_t sent;
} side;

static void check(const char *what, int32_t result) {
    if (result < 0) die(what, result);
}

static void prepare(side *side, const sections *source) {
    side->source = source;
    side->sections = take(source->count, sizeof *side->sections);
    for (size_t i = 0; i < source->count; i++) {
        const section *from = &source->items[i];
        side->sections[i] = take(from->count, sizeof(h2_header));
        for (size_t j = 0; j < from->count; j++) {
            const nghttp2_nv *field = &from->fields[j];
            side->sections[i][j] = (h2_header){(const char *)field->name, field->namelen,
                                               (const char *)field->value, field->valuelen, 0, 0};
        }
    }
}

static void connect_as(side *side, int32_t role, int has_windows) {
    h2_config config;
    h2_setting settings[2];
    size_t count = 0;
    side->is_server = role == H2_SERVER;
    if (side->is_server) {
        settings[count++] = (h2_setting){H2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS};
    }
    if (has_windows) settings[count++] = (h2_setting){H2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW};
    check("config", h2_config_init(&config, sizeof config, role));
    config.initial_settings = settings;
    config.initial_setting_count = count;
    check("new", h2_connection_new(&config, &side->connection));
    check("initiate", h2_connection_initiate(side->connection));
    if (has_windows) {
        check("window", h2_connection_increment_flow_control_window(
                            side->connection, 0, WINDOW - 65535));
    }
}

static void send_section(side *side, uint32_t stream, uint32_t flags) {
    size_t next = side->sent++ % side->source->count;
    check("headers",
          h2_connection_send_headers(side->connection, stream, side->sections[next],
                                     side->source->items[next].count, flags, NULL));
}

static void request(side *client) {
    uint32_t stream;
    check("stream", h2_connection_next_available_stream_id(client->connection, &stream));
    send_section(client, stream, H2_END_STREAM);
}

static void take_section(side *side, const job *job, const h2_headers_event *event) {
    if (!job->is_full) {
        side->received->fields += event->header_count;
        return;
    }
    for (size_t i = 0; i < event->header_count; i++) {
        const h2_header *field = &event->headers[i];
        tally_field(side->received, job, (const uint8_t *)field->name, field->name_length,
                    (const uint8_t *)field->value, field->value_length);
    }
    tally_section(side->received, job);
}

static void respond(side *server, const job *job, size_t body, uint32_t stream) {
    send_section(server, stream, body == 0 ? H2_END_STREAM : 0);
    if (body == 0) return;
    check("data", h2_connection_send_data(server->connection, stream, job->block, body,
                                          H2_END_STREAM));
}

static void act(side *side, const job *job, size_t body, const h2_event *event) {
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
        take_section(side, job, &event->headers);
        break;
    case H2_EVENT_DATA_RECEIVED:
        tally_data(side->received, job, event->data.bytes, event->data.count);
        check("acknowledge",
              h2_connection_acknowledge_received_data(side->connection, event->stream_id,
                                                      event->data.flow_controlled_length));
        break;
    case H2_EVENT_STREAM_ENDED:
        tally_message(side->received, job);
        if (side->is_server) respond(side, job, body, event->stream_id);
        break;
    default:
        break;
    }
}

// Passes all pending output to `to` and handles its events; returns whether there was any output.
static int carry(side *from, side *to, const job *job, size_t body) {
    const uint8_t *bytes;
    size_t count;
    h2_event event;
    int32_t result;
    check("data_to_send", h2_connection_data_to_send(from->connection, &bytes, &count));
    if (count == 0) return 0;
    check("receive", h2_connection_receive(to->connection, bytes, count));
    while ((result = h2_connection_next_event(to->connection, &event)) == 1) {
        act(to, job, body, &event);
    }
    check("event", result);
    check("did_send", h2_connection_did_send(from->connection, count));
    return 1;
}

int main(int argc, char **argv) {
    job *job = job_read(argc, argv);
    int is_batched = strcmp(job->workload, "W2") == 0, has_body = strcmp(job->workload, "W4") != 0;
    size_t body = has_body ? 1024 : 0;
    if (!is_batched && has_body && strcmp(job->workload, "W1") != 0) die("unknown workload", 0);
    side client = {.received = &job->responses_received};
    side server = {.received = &job->requests_received};
    prepare(&client, &job->requests);
    prepare(&server, &job->responses);
    connect_as(&client, H2_CLIENT, is_batched);
    connect_as(&server, H2_SERVER, is_batched);
    while (carry(&client, &server, job, body) | carry(&server, &client, job, body)) {}

    double start = cpu_seconds();
    for (uint64_t left = job->operations, count; left > 0; left -= count) {
        count = !is_batched ? 1 : left < BATCH ? left : BATCH;
        for (uint64_t i = 0; i < count; i++) request(&client);
        while (carry(&client, &server, job, body) | carry(&server, &client, job, body)) {}
    }
    job_print(job, cpu_seconds() - start, resident_bytes());
    h2_connection_free(client.connection);
    h2_connection_free(server.connection);
    return 0;
}
