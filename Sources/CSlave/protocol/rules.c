#include "rules.h"

#include <stdio.h>
#include <string.h>

void mrn_rules_undecodable(const char *what, const struct mrn_reader *in,
                           char text[static MRN_TEXT_MAX])
{
    char fault[MRN_TEXT_MAX / 2];
    mrn_fault_text(&in->fault, fault, sizeof fault);
    (void)snprintf(text, MRN_TEXT_MAX, "the master sent %s that does not decode: %s", what, fault);
}

static bool is_ours(const struct mrn_application *application, const slave_hello *hello)
{
    if (hello->protocol != SLAVE_PROTOCOL) {
        (void)fprintf(stderr, "slave: the master speaks protocol %lu, this slave speaks %d\n",
                      (unsigned long)hello->protocol, SLAVE_PROTOCOL);
        return false;
    }
    if (memcmp(hello->interface_hash, application->interface_hash, sizeof hello->interface_hash) ==
        0)
        return true;
    (void)fprintf(stderr, "slave: the master's interface is not that of this slave of '%s'\n",
                  application->name);
    return false;
}

bool mrn_rules_hello(const struct mrn_application *application, struct mrn_greeting *greeting,
                     struct mrn_reader *in, slave_hello *said, char text[static MRN_TEXT_MAX])
{
    if (greeting->greeted) {
        (void)snprintf(text, MRN_TEXT_MAX, "the master said hello twice");
        return false;
    }
    if (!slave_hello_decode(in, said) || !mrn_reader_finish(in)) {
        mrn_rules_undecodable("a hello", in, text);
        return false;
    }
    greeting->greeted = true;
    greeting->refused = !is_ours(application, said);
    return true;
}

/* Before hello, and after one that was refused. */
static bool is_always_allowed(const struct mrn_message *message)
{
    return message->program == SLAVE_PROGRAM &&
           (message->procedure == SLAVE_PING || message->procedure == SLAVE_HELLO ||
            message->procedure == SLAVE_GOODBYE);
}

static enum mrn_verdict judge_operation(const struct mrn_application *application,
                                        struct mrn_judged *judged, struct mrn_writer *out)
{
    const struct mrn_message *message = &judged->message;
    judged->procedure = mrn_find_procedure(application, message->procedure);
    if (judged->procedure == NULL || judged->procedure->kind == MRN_CONTEXT) {
        mrn_write_answer(out, message->xid, MRN_ACCEPT_PROCEDURE_UNAVAILABLE);
        return MRN_ANSWERED;
    }
    if (mrn_message_operation(message, &judged->credential))
        return MRN_OPERATION;
    (void)snprintf(judged->text, MRN_TEXT_MAX, "the master sent '%s' without its credential",
                   judged->procedure->name);
    return MRN_VIOLATION;
}

static enum mrn_verdict judge_slave_call(const struct mrn_message *message, struct mrn_writer *out)
{
    /* Those of the current protocol, without a gap. */
    if (message->procedure <= SLAVE_RELEASE)
        return MRN_SLAVE_CALL;
    mrn_write_answer(out, message->xid, MRN_ACCEPT_PROCEDURE_UNAVAILABLE);
    return MRN_ANSWERED;
}

enum mrn_verdict mrn_rules_judge(const struct mrn_application *application,
                                 const struct mrn_greeting *greeting, const uint8_t *record,
                                 size_t size, struct mrn_judged *judged, struct mrn_writer *out)
{
    struct mrn_message *message = &judged->message;
    const char *fault = mrn_message_read(message, record, size);
    if (fault != NULL) {
        (void)snprintf(judged->text, MRN_TEXT_MAX, "the master sent %s", fault);
        return MRN_VIOLATION;
    }
    if (message->rpc_version != 2) {
        mrn_write_denied(out, message->xid);
        (void)snprintf(judged->text, MRN_TEXT_MAX, "the master sent a call of RPC version %lu",
                       (unsigned long)message->rpc_version);
        return MRN_VIOLATION;
    }
    if ((!greeting->greeted || greeting->refused) && !is_always_allowed(message)) {
        (void)snprintf(judged->text, MRN_TEXT_MAX, "the master sent a call %s",
                       greeting->refused ? "after it was refused" : "before hello");
        return MRN_VIOLATION;
    }
    if (message->program == SLAVE_PROGRAM && message->version == 1)
        return judge_slave_call(message, out);
    if (message->program == application->program && message->version == application->version)
        return judge_operation(application, judged, out);
    if (message->program == SLAVE_PROGRAM)
        mrn_write_mismatch(out, message->xid, 1);
    else if (message->program == application->program)
        mrn_write_mismatch(out, message->xid, application->version);
    else
        mrn_write_answer(out, message->xid, MRN_ACCEPT_PROGRAM_UNAVAILABLE);
    return MRN_ANSWERED;
}
