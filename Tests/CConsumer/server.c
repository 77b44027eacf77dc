/* SPDX-License-Identifier: MIT */
/*
 * Serves the files of a folder, and /echo, over HTTP/2 and plain TCP to up to 512 clients.
 *
 *     cc server.c $(pkg-config --cflags --libs ch2) -o server
 *     ./server FOLDER [PORT]
 *
 * It prints its address and ends on SIGINT or SIGTERM.
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

/* A response whose body is not complete. */
typedef struct exchange {
    struct exchange *next;
    uint32_t stream;
    int file;            /* -1 for an echo */
    off_t offset, size;  /* of the file */
    uint8_t *echo;       /* received, not yet sent back */
    size_t echo_count;
    int is_complete;     /* of an echo: everything was received */
} exchange;

typedef struct {
    int tcp;
    h2_connection *connection;
    exchange *exchanges;
    int is_ending; /* no more is read; closed once all output is written */
} client;

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

/* ---- Exchanges ---- */

static void end_exchange(client *client, exchange *ended) {
    exchange **link = &client->exchanges;
    while (*link != ended) link = &(*link)->next;
    *link = ended->next;
    if (ended->file >= 0) close(ended->file);
    free(ended->echo);
    free(ended);
}

static exchange *find_exchange(client *client, uint32_t stream) {
    exchange *found = client->exchanges;
    while (found != NULL && found->stream != stream) found = found->next;
    return found;
}

static void begin_exchange(client *client, exchange start) {
    exchange *added = malloc(sizeof *added);
    if (added == NULL) die("malloc");
    *added = start;
    added->next = client->exchanges;
    client->exchanges = added;
}

/* Sends the next part of a body: 1 if it did, 0 if it must wait, -1 if the exchange has ended. */
static int send_piece(client *client, exchange *exchange) {
    static uint8_t piece[PIECE];
    h2_connection *connection = client->connection;
    const uint8_t *bytes = exchange->echo;
    int64_t window, rest = (int64_t)exchange->echo_count;
    if (exchange->file >= 0) rest = exchange->size - exchange->offset;
    if (h2_connection_local_flow_control_window(connection, exchange->stream, &window) != H2_OK) {
        return -1;
    }
    int64_t count = window < 0 ? 0 : window < PIECE ? window : PIECE;
    if (count > rest) count = rest;
    int is_end = count == rest && exchange->is_complete;
    if (count == 0 && !is_end) return 0;
    if (exchange->file >= 0) {
        if (pread(exchange->file, piece, (size_t)count, exchange->offset) != count) {
            h2_connection_reset_stream(connection, exchange->stream, H2_INTERNAL_ERROR);
            return -1;
        }
        bytes = piece;
        exchange->offset += count;
    }
    if (h2_connection_send_data(connection, exchange->stream, bytes, (size_t)count,
                                is_end ? H2_END_STREAM : 0) != H2_OK) {
        return -1;
    }
    if (exchange->file < 0) {
        /* These bytes are no longer held, so the client may send as many again. */
        exchange->echo_count -= (size_t)count;
        memmove(exchange->echo, exchange->echo + count, exchange->echo_count);
        h2_connection_acknowledge_received_data(
            connection, exchange->stream, (size_t)count);
    }
    return is_end ? -1 : 1;
}

/* Sends parts of all exchanges in turn until all must wait or BACKLOG bytes are queued. */
static void send_pieces(client *client) {
    size_t queued = 0;
    int is_moving = 1;
    while (is_moving) {
        is_moving = 0;
        for (exchange *exchange = client->exchanges, *next; exchange != NULL; exchange = next) {
            next = exchange->next;
            h2_connection_outbound_byte_count(client->connection, &queued);
            if (queued >= BACKLOG) return;
            int result = send_piece(client, exchange);
            if (result < 0) end_exchange(client, exchange);
            is_moving |= result > 0;
        }
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
    start.is_complete = !is_echo || event->headers.ends_stream;
    snprintf(length, sizeof length, "%lld", (long long)start.size);
    h2_header headers[] = {header(":status", code), header("server", "ch2"),
                           header("content-length", length)};
    int is_end = start.is_complete && start.size == 0;
    int32_t result = h2_connection_send_headers(
        client->connection, start.stream, headers, is_echo ? 2 : 3, is_end ? H2_END_STREAM : 0,
        NULL);
    if (result == H2_OK && !is_end) {
        begin_exchange(client, start);
    } else if (start.file >= 0) {
        close(start.file);
    }
}

static void take_data(client *client, const h2_event *event) {
    exchange *exchange = find_exchange(client, event->stream_id);
    size_t kept = 0;
    if (exchange != NULL && exchange->file < 0) {
        /* The window bounds the echo, because data is acknowledged only after it was sent back. */
        kept = event->data.count;
        exchange->echo = realloc(exchange->echo, exchange->echo_count + kept + 1);
        if (exchange->echo == NULL) die("realloc");
        if (kept > 0) memcpy(exchange->echo + exchange->echo_count, event->data.bytes, kept);
        exchange->echo_count += kept;
    }
    h2_connection_acknowledge_received_data(
        client->connection, event->stream_id, event->data.flow_controlled_length - kept);
}

static void act(client *client, const h2_event *event) {
    exchange *exchange;
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
        answer(client, event);
        break;
    case H2_EVENT_DATA_RECEIVED:
        take_data(client, event);
        break;
    case H2_EVENT_STREAM_ENDED:
        exchange = find_exchange(client, event->stream_id);
        if (exchange != NULL) exchange->is_complete = 1;
        break;
    case H2_EVENT_STREAM_RESET:
        exchange = find_exchange(client, event->stream_id);
        if (exchange == NULL) break;
        /* The unacknowledged bytes of the stream still count toward the connection's window. */
        h2_connection_acknowledge_received_data(
            client->connection, event->stream_id, exchange->echo_count);
        end_exchange(client, exchange);
        break;
    default:
        break;
    }
}

/* ---- Clients ---- */

static void close_client(client *client) {
    while (client->exchanges != NULL) end_exchange(client, client->exchanges);
    h2_connection_free(client->connection);
    close(client->tcp);
    *client = clients[--client_count];
}

static void accept_client(int listener) {
    h2_config config;
    client client = {.tcp = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (client.tcp < 0) return;
    setsockopt(client.tcp, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (client_count == MAX_CLIENTS || h2_config_init(&config, sizeof config, H2_SERVER) != H2_OK ||
        h2_connection_new(&config, &client.connection) != H2_OK ||
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
    struct timespec time;
    h2_event event;
    int32_t result;
    ssize_t count = recv(client->tcp, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count <= 0) return -1;
    clock_gettime(CLOCK_MONOTONIC, &time);
    result = h2_connection_receive_at(
        client->connection, buffer, (size_t)count,
        (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec);
    if (result == H2_OK) {
        while ((result = h2_connection_next_event(client->connection, &event)) == 1) {
            act(client, &event);
        }
    }
    if (result < 0) {
        fprintf(stderr, "server: %s\n", h2_last_error(client->connection)->message);
        /* The queued GOAWAY must still be written. */
        while (client->exchanges != NULL) end_exchange(client, client->exchanges);
        client->is_ending = 1;
    }
    return 0;
}

/* Writes as much as the socket accepts. Returns -1 if the client must be closed. */
static int write_to(client *client) {
    const uint8_t *bytes;
    size_t count;
    for (;;) {
        send_pieces(client);
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

/* Waits for input, output or a new client, and handles all that are ready. */
static void serve(int listener, const sigset_t *unblocked) {
    static struct pollfd waits[MAX_CLIENTS + 1];
    size_t count = client_count, queued;
    for (size_t i = 0; i < count; i++) {
        h2_connection_outbound_byte_count(clients[i].connection, &queued);
        /* Does not read from a client that does not read the output. */
        int wants_input = !clients[i].is_ending && queued < 4 * BACKLOG;
        waits[i].fd = clients[i].tcp;
        waits[i].events = (short)((wants_input ? POLLIN : 0) | (queued > 0 ? POLLOUT : 0));
    }
    waits[count].fd = listener;
    waits[count].events = POLLIN;
    if (ppoll(waits, count + 1, NULL, unblocked) < 0) {
        if (errno != EINTR) die("poll");
        return;
    }
    /* In reverse, because close_client moves the last client, already served, into the gap. */
    for (size_t i = count; i-- > 0;) {
        if (waits[i].revents == 0) continue;
        int is_gone = (waits[i].revents & ~POLLOUT) != 0 && read_from(&clients[i]) < 0;
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

    int listener = listen_on(argc > 2 ? argv[2] : "0");
    while (!is_stopped) serve(listener, &unblocked);
    while (client_count > 0) close_client(&clients[client_count - 1]);
    close(listener);
    close(folder);
    return 0;
}
