// SPDX-License-Identifier: MIT
//
// The task, results and output format of a run, the same for all benchmark programs.

#ifndef JOB_H
#define JOB_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>
#include <stdint.h>

// Body bytes per operation of W3 and W6.
#define UNIT 16384
// Bodies repeat the same BLOCK bytes.
#define BLOCK 65536

// A field section, ready to be sent.
typedef struct {
    nghttp2_nv *fields;
    size_t count;
} section;

typedef struct {
    section *items;
    size_t count;
} sections;

// Adler-32, RFC 1950. Starts at {1, 0}.
typedef struct {
    uint32_t a, b;
} adler;

// What all clients, or all servers, of a run received.
typedef struct {
    uint64_t messages, fields, field_sum, bytes, sum;
    // The total length of all values that the application looked up.
    uint64_t found;
    // Checksums of the current field section and the current body, used only if `is_full`.
    adler field_adler, body_adler;
} tally;

typedef struct {
    const char *workload, *form;
    uint64_t operations;
    // Whether to checksum all bytes; such a run is not measured.
    int is_full;
    sections requests, responses;
    // The bytes of bodies, plus one frame so that a frame at any offset is contiguous.
    uint8_t block[BLOCK + UNIT];
    tally requests_received, responses_received;
} job;

// Parses the arguments `WORKLOAD OPERATIONS FIELDS FORM [full]`.
job *job_read(int argc, char **argv);

// Prints the results as one line of JSON.
void job_print(const job *job, double seconds, long resident);

// Record a field, the end of a field section, part of a body, and the end of a message.
void tally_field(tally *tally, const job *job, const uint8_t *name, size_t name_length,
                 const uint8_t *value, size_t value_length);
void tally_section(tally *tally, const job *job);
void tally_data(tally *tally, const job *job, const uint8_t *data, size_t length);
void tally_message(tally *tally, const job *job);

// Returns the CPU time of this process in seconds.
double cpu_seconds(void);

// Returns the resident memory of this process in bytes.
long resident_bytes(void);

// Returns zeroed memory for `count` elements; ends the process if there is none.
void *take(size_t count, size_t size);

_Noreturn void die(const char *what, long value);

#endif
