// SPDX-License-Identifier: MIT
//
// The yardstick: both ends of a connection in one process, using nghttp2 directly.
//
// raw.c runs the workloads, connection.c contains the two ends and exchanges their bytes, fields.c
// builds, stores and looks up fields, and pool.c is the allocator of the tuned forms.

#ifndef RAW_H
#define RAW_H

#include "job.h"

// The stream and connection windows in workloads that enlarge them.
#define WINDOW (1 << 20)
// Concurrent streams, as in nghttp2's tutorial.
#define STREAMS 100
// A full frame, and the maximum that is passed to the other end at once.
#define FRAME (9 + UNIT)
#define HANDOVER (4 * FRAME)
// The maximum number of fields in a section, and of lookups in one.
#define MAX_FIELDS 64
#define MAX_LOOKUPS 4

// How a run uses nghttp2.
typedef struct {
    const char *name;
    // Stores received fields until the section is complete, as a library that delivers the section
    // as one event must. Otherwise, the callback only counts them.
    int stores;
    // Builds a section for each message, and looks up fields of received sections. Requires
    // `stores`.
    int is_application;
    // Avoids copies into nghttp2, replaces its allocator and keeps no closed streams. All checks of
    // nghttp2 stay on.
    int is_tuned;
} form;

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

// Bytes for the other end. In tuned forms, one call of nghttp2_session_mem_send can write DATA
// frames here, up to HANDOVER, and then return another frame: hence the additional room.
typedef struct {
    uint8_t bytes[HANDOVER + FRAME];
    size_t length;
} output;

// State shared by all connections of a run.
typedef struct {
    job *job;
    form form;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    // NULL for malloc.
    nghttp2_mem *memory;
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
    // The values that the application has looked up in the current section.
    char *values[MAX_LOOKUPS];
} side;

// Ends the process if an nghttp2 function failed.
static inline void check(const char *what, long result) {
    if (result < 0) die(what, result);
}

// Prepares the sections to send and the callbacks for received fields.
void fields_set_up(bench *bench);

// Returns the fields to send for a section: prebuilt, or built in `room` for this message.
const nghttp2_nv *fields_to_send(const bench *bench, const section *section, nghttp2_nv *room);

// Looks up and counts the stored fields of a complete section, if the form does so, and frees them.
void fields_received(side *side);

// Sets the callbacks for bodies and frames, and the options.
void connection_set_up(bench *bench);

// Opens both ends and exchanges their settings.
void connection_open(bench *bench, side *client, side *server);

// Frees both ends.
void connection_free(side *client, side *server);

// Queues a request.
void connection_request(side *client);

// Exchanges output until neither end has any.
void connection_settle(side *client, side *server);

// Returns an allocator that keeps freed blocks in lists, one list for each size class.
nghttp2_mem *pool(void);

#endif
