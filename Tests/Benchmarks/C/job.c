// SPDX-License-Identifier: MIT

#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Noreturn void die(const char *what, long value) {
    fprintf(stderr, "raw C: %s (%ld)\n", what, value);
    exit(2);
}

void *take(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) die("no memory", (long)(count * size));
    return memory;
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) die(path, 0);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = take((size_t)size + 1, 1);
    if (fread(text, 1, (size_t)size, file) != (size_t)size) die(path, size);
    fclose(file);
    return text;
}

static section *add_section(sections *all) {
    all->items = realloc(all->items, (all->count + 1) * sizeof(section));
    if (all->items == NULL) die("no memory", 0);
    all->items[all->count] = (section){NULL, 0};
    return &all->items[all->count++];
}

static void add_field(section *section, char *name, char *value) {
    section->fields = realloc(section->fields, (section->count + 1) * sizeof(nghttp2_nv));
    if (section->fields == NULL) die("no memory", 0);
    section->fields[section->count++] = (nghttp2_nv){
        (uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

// A line "request" or "response" begins a field section; other lines are a name, a tab and a value.
static void read_fields(job *job, const char *path) {
    section *current = NULL;
    for (char *line = strtok(read_file(path), "\n"); line; line = strtok(NULL, "\n")) {
        char *tab = strchr(line, '\t');
        if (tab == NULL) {
            current = add_section(
                strcmp(line, "request") == 0 ? &job->requests : &job->responses);
        } else if (current != NULL) {
            *tab = 0;
            add_field(current, line, tab + 1);
        }
    }
    if (job->requests.count == 0 || job->responses.count == 0) die("no sections", 0);
}

job *job_read(int argc, char **argv) {
    if (argc < 5) die("usage: raw WORKLOAD OPERATIONS FIELDS FORM [full]", argc);
    job *job = take(1, sizeof *job);
    job->workload = argv[1];
    job->operations = strtoull(argv[2], NULL, 10);
    read_fields(job, argv[3]);
    job->form = argv[4];
    job->is_full = argc > 5 && strcmp(argv[5], "full") == 0;
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof job->block; i++) {
        if (i == BLOCK) state = 1;
        state = state * 1664525 + 1013904223;
        job->block[i] = (uint8_t)(state >> 24);
    }
    job->requests_received.field_adler.a = job->requests_received.body_adler.a = 1;
    job->responses_received.field_adler.a = job->responses_received.body_adler.a = 1;
    return job;
}

static void adler_add(adler *adler, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        adler->a = (adler->a + bytes[i]) % 65521;
        adler->b = (adler->b + adler->a) % 65521;
    }
}

static uint32_t adler_take(adler *adler) {
    uint32_t value = adler->b << 16 | adler->a;
    adler->a = 1;
    adler->b = 0;
    return value;
}

void tally_field(tally *tally, const job *job, const uint8_t *name, size_t name_length,
                 const uint8_t *value, size_t value_length) {
    tally->fields++;
    if (!job->is_full) return;
    adler_add(&tally->field_adler, name, name_length);
    adler_add(&tally->field_adler, (const uint8_t *)"", 1);
    adler_add(&tally->field_adler, value, value_length);
    adler_add(&tally->field_adler, (const uint8_t *)"", 1);
}

void tally_section(tally *tally, const job *job) {
    if (job->is_full) tally->field_sum += adler_take(&tally->field_adler);
}

// Measured runs sum every 64th byte, which reads each cache line of the body.
void tally_data(tally *tally, const job *job, const uint8_t *data, size_t length) {
    if (job->is_full) {
        adler_add(&tally->body_adler, data, length);
    } else {
        uint64_t sum = 0;
        for (size_t i = -tally->bytes & 63; i < length; i += 64) sum += data[i];
        tally->sum += sum;
    }
    tally->bytes += length;
}

void tally_message(tally *tally, const job *job) {
    tally->messages++;
    if (job->is_full) tally->sum += adler_take(&tally->body_adler);
}

double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static long kilobytes(const char *path, const char *key) {
    char line[256];
    long value = -1;
    FILE *file = fopen(path, "r");
    if (file == NULL) die(path, 0);
    while (value < 0 && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) == 0) value = atol(line + strlen(key));
    }
    fclose(file);
    if (value < 0) die(path, 1);
    return value;
}

long resident_bytes(void) { return kilobytes("/proc/self/smaps_rollup", "Rss:") * 1024; }

static void print_tally(const char *name, const tally *tally) {
    printf("\"%s\": {\"messages\": %llu, \"fields\": %llu, \"fieldSum\": %llu, \"bytes\": %llu, "
           "\"sum\": %llu, \"found\": %llu}",
           name, (unsigned long long)tally->messages, (unsigned long long)tally->fields,
           (unsigned long long)tally->field_sum, (unsigned long long)tally->bytes,
           (unsigned long long)tally->sum, (unsigned long long)tally->found);
}

void job_print(const job *job, double seconds, long resident) {
    printf("{\"workload\": \"%s\", \"operations\": %llu, \"seconds\": %.6f, ", job->workload,
           (unsigned long long)job->operations, seconds);
    printf("\"resident\": %ld, \"peak\": %ld, ", resident,
           kilobytes("/proc/self/status", "VmHWM:") * 1024);
    print_tally("requests", &job->requests_received);
    printf(", ");
    print_tally("responses", &job->responses_received);
    printf(", \"version\": \"%s\"}\n", nghttp2_version(0)->version_str);
}
