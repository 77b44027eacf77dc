/* SPDX-License-Identifier: MIT */
/*
 * Runs clients and servers in memory in 8 threads, which share only the library. Runs under the
 * thread sanitizer, the address sanitizer and valgrind.
 *
 *     threads [CONVERSATIONS]
 */
#define _POSIX_C_SOURCE 200809L
#include "layout.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, BODY = 20000 };

/* What the clients and servers of one thread received. */
typedef struct {
    pthread_t thread;
    int conversations;
    long requests, responses, fields, bytes, errors, pings;
} seen;

static void check(int is_right, const char *what) {
    if (is_right) return;
    fprintf(stderr, "threads: %s\n", what);
    abort();
}

static h2_connection *connect_as(int32_t role) {
    h2_config config;
    h2_setting window = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 17};
    h2_connection *connection;
    check(h2_config_init(&config, sizeof config, role) == H2_OK, "config");
    config.initial_settings = &window;
    config.initial_setting_count = 1;
    check(h2_connection_new(&config, &connection) == H2_OK, "new");
    check(h2_connection_initiate(connection) == H2_OK, "initiate");
    return connection;
}

static h2_header header(const char *name, const char *value) {
    h2_header header = {name, strlen(name), value, strlen(value), 0, 0};
    return header;
}

static void act(h2_connection *connection, const h2_event *event, seen *seen) {
    static const uint8_t body[BODY];
    h2_header response[] = {header(":status", "200"), header("server", "threads")};
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
        seen->requests++;
        seen->fields += (long)event->headers.header_count;
        check(h2_connection_send_headers(connection, event->stream_id, response, 2, 0, NULL) ==
                  H2_OK,
              "response");
        check(h2_connection_enqueue_data(connection, event->stream_id, body, BODY,
                                         H2_END_STREAM) == H2_OK,
              "body");
        break;
    case H2_EVENT_RESPONSE_RECEIVED:
        seen->fields += (long)event->headers.header_count;
        break;
    case H2_EVENT_DATA_RECEIVED:
        for (size_t i = 0; i < event->data.count; i++) seen->bytes += 1 + event->data.bytes[i];
        check(h2_connection_acknowledge_received_data(connection, event->stream_id,
                                                      event->data.flow_controlled_length) == H2_OK,
              "acknowledge");
        break;
    case H2_EVENT_STREAM_ENDED:
        seen->responses++;
        break;
    case H2_EVENT_PING_RECEIVED:
        seen->pings++;
        break;
    default:
        break;
    }
}

/* Passes all output of one end to the other in odd-sized pieces; returns whether there was any. */
static int move(h2_connection *from, h2_connection *to, seen *seen) {
    const uint8_t *bytes;
    size_t count, total = 0;
    while (h2_connection_data_to_send(from, &bytes, &count) == H2_OK && count > 0) {
        h2_event event;
        int32_t result;
        size_t length = count < 7001 ? count : 7001;
        /* Allocate the exact size, so that reading past the end is detected. */
        uint8_t *piece = malloc(length);
        check(piece != NULL, "malloc");
        memcpy(piece, bytes, length);
        check(h2_connection_did_send(from, length) == H2_OK, "did_send");
        result = h2_connection_receive(to, piece, length);
        check(result == H2_OK, "receive");
        while ((result = h2_connection_next_event(to, &event)) == 1) act(to, &event, seen);
        check(result == H2_OK, "event");
        free(piece);
        total += length;
    }
    return total > 0;
}

static void converse(seen *seen) {
    h2_connection *client = connect_as(H2_CLIENT), *server = connect_as(H2_SERVER);
    h2_header request[] = {header(":method", "GET"), header(":scheme", "http"),
                           header(":authority", "localhost"), header(":path", "/")};
    uint32_t stream;
    for (int i = 0; i < 5; i++) {
        check(h2_connection_next_available_stream_id(client, &stream) == H2_OK, "stream");
        check(h2_connection_send_headers(client, stream, request, 4, H2_END_STREAM, NULL) == H2_OK,
              "request");
        while (move(client, server, seen) | move(server, client, seen)) {}
    }
    check(h2_connection_ping(client, (const uint8_t *)"12345678") == H2_OK, "ping");
    check(h2_connection_send_data(client, 77, NULL, 0, 0) == H2_ERR_NO_SUCH_STREAM, "misuse");
    while (move(client, server, seen) | move(server, client, seen)) {}
    /* DATA on an idle stream: the server replies with GOAWAY. */
    static const uint8_t wrong[] = {0, 0, 1, 0, 0, 0, 0, 3, 0xe7, 0};
    h2_event event;
    check(h2_connection_receive(server, wrong, sizeof wrong) == H2_OK, "wrong frame");
    check(h2_connection_next_event(server, &event) == H2_ERR_NO_SUCH_STREAM, "wrong frame");
    seen->errors += h2_last_error(server)->stream_id == 999;
    move(server, client, seen);
    h2_connection_free(client);
    h2_connection_free(server);
}

static void *run(void *argument) {
    seen *seen = argument;
    for (int i = 0; i < seen->conversations; i++) converse(seen);
    return NULL;
}

int main(int argc, char **argv) {
    int conversations = argc > 1 ? atoi(argv[1]) : 100;
    seen threads[THREADS] = {{0}};
    for (int i = 0; i < THREADS; i++) {
        threads[i].conversations = conversations;
        check(pthread_create(&threads[i].thread, NULL, run, &threads[i]) == 0, "thread");
    }
    for (int i = 0; i < THREADS; i++) {
        const seen *seen = &threads[i];
        check(pthread_join(threads[i].thread, NULL) == 0, "join");
        check(seen->requests == 5L * conversations, "requests");
        /* Both ends count END_STREAM of the message they receive. */
        check(seen->responses == 10L * conversations, "responses");
        check(seen->fields == 30L * conversations, "fields");
        check(seen->bytes == 5L * BODY * conversations, "bytes");
        check(seen->pings == conversations, "pings");
        check(seen->errors == conversations, "errors");
    }
    return 0;
}
