/* SPDX-License-Identifier: MIT */
/*
 * Serves the files of a folder, and /echo, over HTTP/2 and plain TCP to up to 512 clients.
 *
 *     cc server.c $(pkg-config --cflags --libs ch2) -o server
 *     ./server FOLDER [PORT]
 *
 * It prints its address. On SIGINT or SIGTERM, it finishes the responses and ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <h2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CLIENTS = 512, PIECE = 16384, BACKLOG = 1 << 18 };

static const int64_t SECOND = 1000000000;

/* A response whose body is not complete. */
typedef struct exchange {
    struct exchange *next;
    uint32_t stream;
    int file;            /* -1 for an echo */
    off_t offset, size;  /* of the file */
    size_t held;         /* received bytes of an echo that are not acknowledged */
} exchange;

typedef struct {
    int tcp;
    h2_connection *connection;
    exchange *exchanges;
    int is_ending; /* no more is read; closed once all output is written */
} client;

static h2_config config;
static h2_deadlines deadlines;
static client clients[MAX_CLIENTS];
static size_t client_count;
static int folder;
static volatile sig_atomic_t is_stopped;

static void stop(int number) {
    (void)number;
    is_stopped = 1;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* Returns the time on a monotonic clock, in nanoseconds. */
static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void configure(void) {
    if (h2_deadlines_init(&deadlines, sizeof deadlines) != H2_OK ||
        h2_config_init(&config, sizeof config, H2_SERVER) != H2_OK) {
        die("configuration");
    }
    deadlines.first_settings = deadlines.settings_acknowledgement = 30 * SECOND;
    deadlines.field_block = 30 * SECOND;
    deadlines.idle = 300 * SECOND;
    deadlines.keepalive_interval = deadlines.keepalive_answer = 60 * SECOND;
    deadlines.output = 60 * SECOND;
    deadlines.shutdown_announcement = SECOND;
    deadlines.shutdown = 10 * SECOND;
    config.deadlines = &deadlines;
    config.reports_stream_outcomes = 1;
    config.late_calls = H2_LATE_CALLS_IGNORED;
    config.send_queue_high_water_mark = BACKLOG;
    config.send_queue_low_water_mark = BACKLOG / 4;
}

/* ---- Exchanges ---- */

static void end_exchange(client *client, exchange *ended) {
    exchange **link = &client->exchanges;
    while (*link != ended) link = &(*link)->next;
    *link = ended->next;
    if (ended->file >= 0) close(ended->file);
    free(ended);
}

static exchange *find_exchange(client *client, uint32_t stream) {
    exchange *found = client->exchanges;
    while (found != NULL && found->stream != stream) found = found->next;
    return found;
}

static exchange *begin_exchange(client *client, exchange start) {
    exchange *added = malloc(sizeof *added);
    if (added == NULL) die("malloc");
    *added = start;
    added->next = client->exchanges;
    client->exchanges = added;
    return added;
}

/* Queues the next parts of a file, until the backlog or the file ends. */
static void queue_file(client *client, exchange *exchange) {
    static uint8_t piece[PIECE];
    size_t queued = 0;
    while (exchange->offset < exchange->size && queued <= BACKLOG) {
        off_t rest = exchange->size - exchange->offset;
        size_t count = rest < PIECE ? (size_t)rest : PIECE;
        if (pread(exchange->file, piece, count, exchange->offset) != (ssize_t)count) {
            h2_connection_reset_stream(client->connection, exchange->stream, H2_INTERNAL_ERROR);
            return;
        }
        exchange->offset += (off_t)count;
        h2_connection_enqueue_data(client->connection, exchange->stream, piece, count,
                                   exchange->offset == exchange->size ? H2_END_STREAM : 0);
        h2_connection_queued_byte_count_on_stream(client->connection, exchange->stream, &queued);
    }
}

/* Acknowledges the bytes that are no longer queued, so that the client may send as many again. */
static void acknowledge_echoes(client *client) {
    for (exchange *exchange = client->exchanges; exchange != NULL; exchange = exchange->next) {
        size_t queued = 0;
        if (exchange->held == 0) continue;
        h2_connection_queued_byte_count_on_stream(client->connection, exchange->stream, &queued);
        h2_connection_acknowledge_received_data(
            client->connection, exchange->stream, exchange->held - queued);
        exchange->held = queued;
    }
}

/* ---- Requests ---- */

static int is_equal(const char *text, size_t length, const char *other) {
    return length == strlen(other) && memcmp(text, other, length) == 0;
}

static h2_header header(const char *name, const char *value) {
    h2_header header = {.name = name, .name_length = strlen(name)};
    header.value = value;
    header.value_length = strlen(value);
    return header;
}

/* Opens the file of a path. Returns -1 if there is none or if it might be outside the folder. */
static int open_file(const h2_header *path, struct stat *status) {
    char name[1024];
    size_t length = path->value_length;
    if (length < 2 || length > sizeof name || path->value[0] != '/') return -1;
    memcpy(name, path->value + 1, length - 1);
    name[length - 1] = 0;
    if (strlen(name) != length - 1 || name[0] == '/' || name[0] == '.' || strstr(name, "/.")) {
        return -1;
    }
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file >= 0 && (fstat(file, status) != 0 || !S_ISREG(status->st_mode))) {
        close(file);
        file = -1;
    }
    return file;
}

static void answer(client *client, const h2_event *event) {
    const h2_header *method = NULL, *path = NULL;
    for (size_t i = 0; i < event->headers.header_count; i++) {
        const h2_header *field = &event->headers.headers[i];
        if (is_equal(field->name, field->name_length, ":method")) method = field;
        if (is_equal(field->name, field->name_length, ":path")) path = field;
    }
    /* The library guarantees both fields, except :path for CONNECT. */
    int is_get = is_equal(method->value, method->value_length, "GET");
    int is_echo = is_equal(method->value, method->value_length, "POST") && path != NULL &&
                  is_equal(path->value, path->value_length, "/echo");
    exchange start = {.stream = event->stream_id, .file = -1};
    struct stat status = {0};
    char length[32];
    const char *code = "200";
    if (is_get && path != NULL) start.file = open_file(path, &status);
    if (start.file < 0 && !is_echo) code = is_get ? "404" : "405";
    start.size = status.st_size;
    snprintf(length, sizeof length, "%lld", (long long)start.size);
    h2_header headers[] = {header(":status", code), header("server", "ch2"),
                           header("content-length", length)};
    int is_end = !is_echo && start.size == 0;
    int32_t result = h2_connection_send_headers(
        client->connection, start.stream, headers, is_echo ? 2 : 3, is_end ? H2_END_STREAM : 0,
        NULL);
    if (result == H2_OK && !is_end) {
        queue_file(client, begin_exchange(client, start));
    } else if (start.file >= 0) {
        close(start.file);
    }
}

static void act(client *client, const h2_event *event) {
    h2_connection *connection = client->connection;
    uint32_t stream = event->stream_id;
    exchange *exchange = find_exchange(client, stream);
    int is_echo = exchange != NULL && exchange->file < 0;
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
        answer(client, event);
        break;
    case H2_EVENT_DATA_RECEIVED:
        /* The window bounds the echo, because data is acknowledged only after it was sent back. */
        if (is_echo) {
            h2_connection_enqueue_data(connection, stream, event->data.bytes, event->data.count, 0);
            exchange->held += event->data.flow_controlled_length;
        } else {
            h2_connection_acknowledge_received_data(
                connection, stream, event->data.flow_controlled_length);
        }
        break;
    case H2_EVENT_STREAM_ENDED:
        if (is_echo) h2_connection_enqueue_data(connection, stream, NULL, 0, H2_END_STREAM);
        break;
    case H2_EVENT_SEND_QUEUE_DRAINED:
        if (exchange != NULL) queue_file(client, exchange);
        break;
    case H2_EVENT_STREAM_CLOSED:
        if (exchange == NULL) break;
        /* The unacknowledged bytes of the stream still count toward the connection's window. */
        h2_connection_acknowledge_received_data(connection, stream, exchange->held);
        end_exchange(client, exchange);
        break;
    case H2_EVENT_CONNECTION_DRAINED:
        client->is_ending = 1;
        break;
    default:
        break;
    }
}

/* Handles all events. */
static void act_on_events(client *client) {
    h2_event event;
    int32_t result;
    while ((result = h2_connection_next_event(client->connection, &event)) == 1) {
        act(client, &event);
    }
    if (result < 0) {
        fprintf(stderr, "server: %s\n", h2_last_error(client->connection)->message);
        client->is_ending = 1; /* The queued GOAWAY must still be written. */
    }
    acknowledge_echoes(client);
}

/* ---- Clients ---- */

static void close_client(client *client) {
    while (client->exchanges != NULL) end_exchange(client, client->exchanges);
    h2_connection_free(client->connection);
    close(client->tcp);
    *client = clients[--client_count];
}

static void accept_client(int listener) {
    client client = {.tcp = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (client.tcp < 0) return;
    setsockopt(client.tcp, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (client_count == MAX_CLIENTS || h2_connection_new(&config, &client.connection) != H2_OK ||
        h2_connection_initiate(client.connection) != H2_OK) {
        h2_connection_free(client.connection);
        close(client.tcp);
        return;
    }
    clients[client_count++] = client;
}

/* Reads once and handles the events. Returns -1 if the client is gone. */
static int read_from(client *client) {
    static uint8_t buffer[65536];
    ssize_t count = recv(client->tcp, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count <= 0) return -1;
    int32_t result =
        h2_connection_receive_at(client->connection, buffer, (size_t)count, now());
    if (result != H2_OK) return -1;
    act_on_events(client);
    return 0;
}

/* Writes as much as the socket accepts. Returns -1 if the client must be closed. */
static int write_to(client *client) {
    const uint8_t *bytes;
    size_t count;
    for (;;) {
        /* Making DATA frames of queued data causes events, too. */
        act_on_events(client);
        if (h2_connection_data_to_send(client->connection, &bytes, &count) != H2_OK) return -1;
        if (count == 0) return client->is_ending ? -1 : 0;
        ssize_t written = send(client->tcp, bytes, count, MSG_NOSIGNAL);
        if (written < 0) return errno == EAGAIN ? 0 : -1;
        h2_connection_did_send(client->connection, (size_t)written);
    }
}

static int listen_on(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(port));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 128) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        die("listen");
    }
    printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

/* Waits for input, output, a deadline or a new client, and handles all that are ready. */
static void serve(int listener, const sigset_t *unblocked) {
    static struct pollfd waits[MAX_CLIENTS + 1];
    static uint64_t ends[MAX_CLIENTS];
    uint64_t time = now(), first = time + (uint64_t)SECOND;
    size_t count = client_count, queued;
    for (size_t i = 0; i < count; i++) {
        h2_connection_outbound_byte_count(clients[i].connection, &queued);
        /* Does not read from a client that does not read the output. */
        int wants_input = !clients[i].is_ending && queued < 4 * BACKLOG;
        waits[i].fd = clients[i].tcp;
        waits[i].events = (short)((wants_input ? POLLIN : 0) | (queued > 0 ? POLLOUT : 0));
        h2_connection_advance(clients[i].connection, time);
        h2_connection_next_deadline(clients[i].connection, &ends[i]);
        if (ends[i] < first) first = ends[i];
    }
    waits[count].fd = listener;
    waits[count].events = POLLIN;
    struct timespec timeout = {0, first > time ? (long)(first - time - 1) : 0};
    if (ppoll(waits, count + 1, &timeout, unblocked) < 0) {
        if (errno != EINTR) die("poll");
        return;
    }
    time = now();
    /* In reverse, because close_client moves the last client, already served, into the gap. */
    for (size_t i = count; i-- > 0;) {
        if (waits[i].revents == 0 && ends[i] > time) continue;
        int is_gone = (waits[i].revents & ~POLLOUT) != 0 && read_from(&clients[i]) < 0;
        h2_connection_handle_deadlines(clients[i].connection, time);
        if (is_gone || write_to(&clients[i]) < 0) close_client(&clients[i]);
    }
    if (waits[count].revents != 0) accept_client(listener);
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = stop};
    sigset_t blocked, unblocked;
    if (argc < 2 || h2_abi_version() != H2_ABI_VERSION) {
        fprintf(stderr, "usage: server FOLDER [PORT]\n");
        return 2;
    }
    folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) die(argv[1]);
    /* Both signals are delivered only during ppoll. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &unblocked);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    configure();
    int listener = listen_on(argc > 2 ? argv[2] : "0");
    while (!is_stopped) serve(listener, &unblocked);
    close(listener);
    /* Finishes the responses: poll ignores the listener -1. */
    uint64_t end = now() + (uint64_t)(2 * deadlines.shutdown);
    for (size_t i = 0; i < client_count; i++) {
        h2_connection_start_graceful_shutdown(clients[i].connection);
    }
    while (client_count > 0 && now() < end) serve(-1, &unblocked);
    while (client_count > 0) close_client(&clients[client_count - 1]);
    close(folder);
    return 0;
}
