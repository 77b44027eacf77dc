/* SPDX-License-Identifier: MIT */
/*
 * Fetches a file over HTTP/2 and plain TCP, and writes it to standard output.
 *
 *     cc client.c $(pkg-config --cflags --libs ch2) -o client
 *     ./client 127.0.0.1 8080 /file
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <h2.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int tcp = -1;
static h2_connection *connection;

/* Prints the error of the library's last failed call, or errno's if none failed, and exits. */
static void fail(const char *what) {
    const h2_error *error = h2_last_error(connection);
    fprintf(stderr, "client: %s: %s\n", what, error ? error->message : strerror(errno));
    h2_connection_free(connection);
    exit(1);
}

static void check(int32_t result, const char *what) {
    if (result != H2_OK) fail(what);
}

static void connect_to(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (getaddrinfo(host, port, &hints, &list) != 0) fail("no such host");
    for (struct addrinfo *info = list; info != NULL && tcp < 0; info = info->ai_next) {
        tcp = socket(info->ai_family, info->ai_socktype, info->ai_protocol);
        if (tcp >= 0 && connect(tcp, info->ai_addr, info->ai_addrlen) != 0) {
            close(tcp);
            tcp = -1;
        }
    }
    freeaddrinfo(list);
    if (tcp < 0) fail("connect");
}

static h2_header header(const char *name, const char *value) {
    h2_header header = {.name = name, .name_length = strlen(name)};
    header.value = value;
    header.value_length = strlen(value);
    return header;
}

/* Sends the request, and returns its stream. */
static uint32_t request(const char *host, const char *path) {
    h2_header headers[] = {
        header(":method", "GET"), header(":scheme", "http"), header(":authority", host),
        header(":path", path), header("user-agent", "ch2/" H2_VERSION)};
    uint32_t stream;
    check(h2_connection_next_available_stream_id(connection, &stream), "stream");
    check(h2_connection_send_headers(connection, stream, headers, 5, H2_END_STREAM, NULL),
          "request");
    return stream;
}

/* Writes all queued output. */
static void flush(void) {
    const uint8_t *bytes;
    size_t count;
    while (h2_connection_data_to_send(connection, &bytes, &count) == H2_OK && count > 0) {
        ssize_t written = send(tcp, bytes, count, MSG_NOSIGNAL);
        if (written < 0) fail("send");
        check(h2_connection_did_send(connection, (size_t)written), "did_send");
    }
}

/* Handles an event, and returns whether the response is complete. */
static int act(const h2_event *event, uint32_t stream, int *status) {
    if (event->stream_id != stream) return 0;
    switch (event->type) {
    case H2_EVENT_RESPONSE_RECEIVED:
        /* The first field is :status; it has three digits, and is not terminated. */
        for (size_t i = 0; i < event->headers.headers[0].value_length; i++) {
            *status = *status * 10 + event->headers.headers[0].value[i] - '0';
        }
        return 0;
    case H2_EVENT_DATA_RECEIVED:
        fwrite(event->data.bytes, 1, event->data.count, stdout);
        check(h2_connection_acknowledge_received_data(
                  connection, stream, event->data.flow_controlled_length),
              "acknowledge");
        return 0;
    case H2_EVENT_STREAM_CLOSED:
        if (event->closed.outcome != H2_OUTCOME_COMPLETED) fail("the server ended the stream");
        return 1;
    default:
        return 0;
    }
}

/* Returns the time on a monotonic clock, in nanoseconds. */
static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Waits for bytes from the server, or for a deadline, and passes the bytes or the time. */
static void wait_for_server(void) {
    static uint8_t buffer[65536];
    struct pollfd input = {.fd = tcp, .events = POLLIN};
    uint64_t time = now(), deadline;
    int timeout = -1;
    check(h2_connection_advance(connection, time), "advance");
    check(h2_connection_next_deadline(connection, &deadline), "next_deadline");
    if (deadline != H2_NO_DEADLINE) {
        timeout = deadline > time ? (int)((deadline - time) / 1000000) + 1 : 0;
    }
    if (poll(&input, 1, timeout) == 0) {
        check(h2_connection_handle_deadlines(connection, now()), "handle_deadlines");
        return;
    }
    ssize_t count = recv(tcp, buffer, sizeof buffer, 0);
    if (count <= 0) fail("the connection ended too early");
    check(h2_connection_receive_at(connection, buffer, (size_t)count, now()), "receive");
}

int main(int argc, char **argv) {
    h2_config config;
    h2_deadlines deadlines;
    h2_event event;
    int status = 0, is_complete = 0;

    if (argc != 4) {
        fprintf(stderr, "usage: client HOST PORT PATH\n");
        return 2;
    }
    check(h2_deadlines_init(&deadlines, sizeof deadlines), "deadlines");
    deadlines.keepalive_interval = deadlines.keepalive_answer = 10000000000; /* 10 seconds */
    check(h2_config_init(&config, sizeof config, H2_CLIENT), "config");
    config.deadlines = &deadlines;
    config.reports_stream_outcomes = 1;
    check(h2_connection_new(&config, &connection), "new");
    connect_to(argv[1], argv[2]);
    check(h2_connection_initiate(connection), "initiate");
    uint32_t stream = request(argv[1], argv[3]);

    while (!is_complete) {
        flush();
        wait_for_server();
        int32_t result;
        while ((result = h2_connection_next_event(connection, &event)) == 1) {
            is_complete |= act(&event, stream, &status);
        }
        if (result < 0) {
            flush(); /* GOAWAY tells the server the reason. */
            fail("the connection");
        }
    }

    check(h2_connection_close(connection, H2_NO_ERROR, NULL, 0, H2_HIGHEST_STREAM_ID), "close");
    flush();
    close(tcp);
    h2_connection_free(connection);
    if (fflush(stdout) != 0) return 1;
    fprintf(stderr, "status %d\n", status);
    return status / 100 == 2 ? 0 : 22;
}
