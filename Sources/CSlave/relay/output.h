/*
 * What processes of user code write: lines for the master's log. Their standard output and error
 * are a pipe, of which the relay is the reader: so their last words outlive them.
 */
#ifndef MRN_OUTPUT_H
#define MRN_OUTPUT_H

#include "sending.h"

#include <poll.h>

/* In place of a worker's number, for replicas. */
#define MRN_NO_WORKER UINT32_MAX

/* The operation that wrote something. */
struct mrn_author {
    uint32_t procedure; /* 0: unknown */
    bool is_open;       /* its call has not ended */
    uint32_t xid;
};

struct mrn_output {
    int pipe;        /* -1: none */
    uint32_t worker; /* whose it is */
    uint32_t count;
    uint32_t begun;           /* bytes that are older than the last read */
    struct mrn_author author; /* of `text` */
    uint8_t *text;            /* the begin of a line; NULL: nothing was written yet */
};

/* Nobody writes yet. */
void mrn_output_init(struct mrn_output *output, uint32_t worker);
bool mrn_output_begin(struct mrn_output *output, int pipe);
/* To be polled, where that is due. */
struct pollfd mrn_output_poll(const struct mrn_output *output, bool is_due);
/* One read. False: there is nothing more now. */
bool mrn_output_fill(struct mrn_output *output, struct mrn_stop *stop);
/* Sends the lines that are whole. `author`: of what the last read found. */
void mrn_output_send(struct mrn_output *output, struct mrn_sending *sending,
                     struct mrn_author author);
/* What was left without an end is sent too. */
void mrn_output_end(struct mrn_output *output, struct mrn_sending *sending);

#endif
