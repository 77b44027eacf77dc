/* SPDX-License-Identifier: MIT */
/*
 * Checks that error messages name the kind of error and the state. Embedded Swift cannot print
 * every value, but a library from Scripts/install-c --embedded must have the same messages.
 */
#include <h2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static h2_connection *connection;

static void check(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "messages: %s\n", what);
    exit(1);
}

/* Checks the result of the last failed call, and the beginning and end of its message. */
static void expect(int32_t result, int32_t expected, const char *start, const char *end) {
    const h2_error *error = h2_last_error(connection);
    check(error != NULL, start);
    size_t length = strlen(error->message), end_length = strlen(end);
    if (result == expected && error->result == expected && length > end_length &&
        strncmp(error->message, start, strlen(start)) == 0 &&
        strcmp(error->message + length - end_length, end) == 0) {
        return;
    }
    fprintf(stderr, "messages: got %d, \"%s\"\nexpected %d, \"%s...%s\"\n", (int)result,
            error->message, (int)expected, start, end);
    exit(1);
}

static h2_header header(const char *name, const char *value) {
    h2_header header = {name, strlen(name), value, strlen(value), 0, 0};
    return header;
}

static int32_t receive(const void *bytes, size_t count) {
    h2_event event;
    int32_t result = h2_connection_receive(connection, bytes, count);
    while (result == H2_OK && h2_connection_next_event(connection, &event) == 1) {}
    return result;
}

/* Errors of queued data, of a deadline, and of a lost connection. */
static void deadlines(void) {
    h2_config config;
    h2_deadlines deadlines;
    h2_event event;
    h2_header request[] = {header(":method", "POST"), header(":scheme", "http"),
                           header(":authority", "localhost"), header(":path", "/")};
    check(h2_deadlines_init(&deadlines, sizeof deadlines) == H2_OK, "deadlines");
    check(h2_config_init(&config, sizeof config, H2_CLIENT) == H2_OK, "config");
    deadlines.first_settings = 5;
    config.deadlines = &deadlines;
    check(h2_connection_new(&config, &connection) == H2_OK, "new");
    check(h2_connection_initiate(connection) == H2_OK, "initiate");
    check(h2_connection_send_headers(connection, 1, request, 4, 0, NULL) == H2_OK, "request");
    check(h2_connection_enqueue_data(connection, 1, "abc", 3, 0) == H2_OK, "enqueue");
    expect(h2_connection_send_data(connection, 1, "d", 1, 0), H2_ERR_PROTOCOL_VIOLATION,
           "protocolViolation (PROTOCOL_ERROR, local, stream 1): 3 bytes", "");
    check(h2_connection_advance(connection, 10) == H2_OK, "advance");
    check(h2_connection_handle_deadlines(connection, 15) == H2_OK, "handle_deadlines");
    expect(h2_connection_next_event(connection, &event), H2_ERR_DEADLINE_EXPIRED,
           "deadlineExpired (PROTOCOL_ERROR, remote): ", "RFC 9113 §3.4");
    check(h2_connection_lost(connection) == H2_OK, "lost");
    expect(h2_connection_ping(connection, (const uint8_t *)"12345678"), H2_ERR_CONNECTION_CLOSED,
           "connectionClosed (PROTOCOL_ERROR, local): ", " ended");
    h2_connection_free(connection);
}

int main(void) {
    h2_config config;
    h2_event event;
    h2_header request[] = {header(":method", "GET"), header(":scheme", "http"),
                           header(":authority", "localhost"), header(":path", "/")};
    check(h2_config_init(&config, sizeof config, H2_CLIENT) == H2_OK, "config");
    check(h2_connection_new(&config, &connection) == H2_OK, "new");
    expect(h2_connection_end_stream(connection, 1), H2_ERR_NOT_INITIATED,
           "notInitiated (PROTOCOL_ERROR, local): ", "");
    check(h2_connection_initiate(connection) == H2_OK, "initiate");
    check(receive("\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 18) == H2_OK, "handshake");
    check(h2_connection_send_headers(connection, 1, request, 4, H2_END_STREAM, NULL) == H2_OK,
          "request");
    expect(h2_connection_end_stream(connection, 77), H2_ERR_NO_SUCH_STREAM,
           "noSuchStream (PROTOCOL_ERROR, local, stream 77): ", "");
    expect(h2_connection_send_headers(connection, 1, request, 4, 0, NULL),
           H2_ERR_PROTOCOL_VIOLATION, "protocolViolation (PROTOCOL_ERROR, local, stream 1): ", "");
    expect(h2_connection_ping(connection, NULL), H2_ERR_INVALID_ARGUMENT,
           "invalidArgument (PROTOCOL_ERROR, local): ", "NULL");
    /* PUSH_PROMISE for stream 2, and WINDOW_UPDATE on that stream. */
    check(receive("\0\0\12\5\4\0\0\0\1\0\0\0\2\202\207\204\101\1a", 19) == H2_OK, "promise");
    check(h2_connection_receive(connection, "\0\0\4\10\0\0\0\0\2\0\0\0\1", 13) == H2_OK,
          "WINDOW_UPDATE");
    expect(h2_connection_next_event(connection, &event), H2_ERR_PROTOCOL_VIOLATION,
           "protocolViolation (PROTOCOL_ERROR, remote, stream 2): ", " reserved (remote)");
    expect(h2_connection_ping(connection, (const uint8_t *)"12345678"), H2_ERR_PROTOCOL_VIOLATION,
           "protocolViolation (PROTOCOL_ERROR, local): ", " closed");
    h2_connection_free(connection);
    deadlines();
    return 0;
}
