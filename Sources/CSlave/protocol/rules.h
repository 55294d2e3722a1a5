/*
 * What a master may say when, and how it is refused: one set of rules for the relay and for the
 * serial slave. Nothing here acts; who asks does.
 */
#ifndef MRN_RULES_H
#define MRN_RULES_H

#include "../limits.h"
#include "../wire/message.h"
#include "calls.h"
#include "marionette.h"

struct mrn_greeting {
    bool greeted;
    bool refused; /* hello from a master of another protocol or interface: it may only leave */
};

enum mrn_verdict {
    MRN_SLAVE_CALL, /* of SLAVE_PROGRAM, and the procedure is one of it */
    MRN_OPERATION,
    MRN_ANSWERED, /* the slave does not know it: the answer is written */
    MRN_VIOLATION /* the slave ends, with the sentence in `text`, when what is written is sent */
};

struct mrn_judged {
    struct mrn_message message;
    /* Of an operation. */
    const struct mrn_procedure *procedure;
    struct mrn_operation_credential credential;
    char text[MRN_TEXT_MAX];
};

enum mrn_verdict mrn_rules_judge(const struct mrn_application *application,
                                 const struct mrn_greeting *greeting, const uint8_t *record,
                                 size_t size, struct mrn_judged *judged, struct mrn_writer *out);
/* Takes a hello and says in the log why it is refused. False: a violation, as `text` tells. */
bool mrn_rules_hello(const struct mrn_application *application, struct mrn_greeting *greeting,
                     struct mrn_reader *in, slave_hello *said, char text[static MRN_TEXT_MAX]);
/* The sentence for arguments that do not decode. */
void mrn_rules_undecodable(const char *what, const struct mrn_reader *in,
                           char text[static MRN_TEXT_MAX]);

#endif
