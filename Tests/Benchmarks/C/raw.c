// SPDX-License-Identifier: MIT
//
// Runs the workloads: see raw.h.

#include "raw.h"

#include <string.h>

// Units in the longest bodies: 1 GiB and 64 MiB.
#define LONG_RESPONSE 65536
#define LONG_REQUEST 4096

static const form forms[] = {
    {.name = "counts"},
    {.name = "stores", .stores = 1},
    {.name = "application", .stores = 1, .is_application = 1},
    {.name = "tuned", .is_tuned = 1},
    {.name = "tuned-application", .stores = 1, .is_application = 1, .is_tuned = 1},
};

static form find_form(const char *name) {
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(forms[i].name, name) == 0) return forms[i];
    }
    die("unknown form", 0);
}

static void sequential(bench *bench, side *client, side *server) {
    for (uint64_t i = 0; i < bench->job->operations; i++) {
        connection_request(client);
        connection_settle(client, server);
    }
}

static void concurrent(bench *bench, side *client, side *server) {
    for (uint64_t left = bench->job->operations; left > 0;) {
        uint64_t batch = left < STREAMS ? left : STREAMS;
        for (uint64_t i = 0; i < batch; i++) connection_request(client);
        connection_settle(client, server);
        left -= batch;
    }
}

static void single(side *client, side *server) {
    connection_request(client);
    connection_settle(client, server);
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
        connection_open(bench, client, server);
        single(client, server);
        check("terminate_session",
              nghttp2_session_terminate_session(client->session, NGHTTP2_NO_ERROR));
        connection_settle(client, server);
        connection_free(client, server);
    }
}

// Opens idle connections and returns the resident bytes they take together.
static long hold_connections(bench *bench) {
    uint64_t count = bench->job->operations;
    side *sides = take(2 * count + 2, sizeof *sides);
    memset(sides, 1, (2 * count + 2) * sizeof *sides);
    connection_open(bench, &sides[0], &sides[1]);
    long before = resident_bytes();
    for (uint64_t i = 1; i <= count; i++) connection_open(bench, &sides[2 * i], &sides[2 * i + 1]);
    return resident_bytes() - before;
}

// Opens streams that wait for a response and returns the resident bytes they take together.
static long hold_streams(bench *bench, side *client, side *server) {
    single(client, server);
    long before = resident_bytes();
    concurrent(bench, client, server);
    return resident_bytes() - before;
}

int main(int argc, char **argv) {
    static bench bench;
    job *job = bench.job = job_read(argc, argv);
    bench.form = find_form(job->form);
    check("callbacks_new", nghttp2_session_callbacks_new(&bench.callbacks));
    check("option_new", nghttp2_option_new(&bench.option));
    connection_set_up(&bench);
    fields_set_up(&bench);

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
        connection_open(&bench, &client, &server);
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
