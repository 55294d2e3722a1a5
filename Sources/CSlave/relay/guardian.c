#include "guardian.h"

#include "../exits.h"
#include "../limits.h"
#include "../port/groups.h"
#include "../port/port.h"

#include <stddef.h>

struct watch {
    int lifeline;
    int news;
    int wire; /* -1: its other end is gone */
    int signals;
    int relay;
    uint64_t abandoned; /* when that was seen */
};

static void tell(const struct watch *watch, uint32_t kind, int process, int code)
{
    const struct mrn_news news = {kind, process, code};
    /* So short a message is written whole. Who reads none is ended soon. */
    (void)mrn_port_write(watch->news, &news, sizeof news);
}

/* A child stays to be reaped while the relay has no room for the news of it. */
static void reap(const struct watch *watch)
{
    struct pollfd room = {watch->news, POLLOUT, 0};
    struct mrn_ending ending;
    uint8_t noted[64];
    while (mrn_port_read(watch->signals, noted, sizeof noted) == (ptrdiff_t)sizeof noted)
        continue;
    while (mrn_port_poll(&room, 1, 0) > 0 && mrn_groups_reap(&ending, mrn_port_tell_stop, NULL))
        tell(watch, ending.signalled ? MRN_CHILD_SIGNALLED : MRN_CHILD_EXITED, ending.process,
             ending.code);
}

/* The relay ends by itself when the master is gone: unless it is stopped, or has no room to see it.
 */
static void end_relay(struct watch *watch)
{
    uint64_t now = mrn_port_microseconds();
    if (watch->wire >= 0) {
        watch->wire = -1;
        watch->abandoned = now;
    } else if (now - watch->abandoned >= MRN_ABANDONED_MILLISECONDS * 1000u) {
        (void)mrn_port_kill(watch->relay);
    }
}

static void guard(struct watch *watch)
{
    enum { LIFELINE, SIGNALS, WIRE, COUNT };
    for (;;) {
        struct pollfd polled[COUNT] = {{watch->lifeline, POLLIN, 0},
                                       {watch->signals, POLLIN, 0},
                                       {watch->wire, mrn_port_hang_up, 0}};
        if (mrn_port_poll(polled, COUNT, watch->wire < 0 ? MRN_ABANDONED_MILLISECONDS / 4 : -1) < 0)
            break;
        if (polled[LIFELINE].revents != 0)
            break;
        if (polled[SIGNALS].revents != 0)
            reap(watch);
        if (polled[WIRE].revents != 0 || watch->wire < 0)
            end_relay(watch);
    }
    mrn_groups_kill();
    mrn_port_end_children(MRN_END_MILLISECONDS);
    mrn_port_leave(MRN_EXIT_DONE);
}

static void run(struct watch *watch, void (*first)(void *), void *context)
{
    mrn_port_release_signals();
    mrn_port_lead_session();
    mrn_port_adopt_orphans();
    int process = first == NULL ? 0 : mrn_port_fork();
    if (first != NULL && process == 0) {
        mrn_groups_enter();
        first(context);
    }
    const int kept[3] = {watch->lifeline, watch->news, watch->wire};
    mrn_port_close_others(kept, 3);
    mrn_port_block_signals();
    watch->signals = mrn_port_catch(mrn_port_relay_signals, 1);
    if (process < 0 || watch->signals < 0)
        mrn_port_leave(MRN_EXIT_SYSTEM);
    if (process > 0)
        tell(watch, MRN_CHILD_STARTED, process, 0);
    guard(watch);
}

int mrn_guardian_start(struct mrn_guardian *guardian, int wire, void (*first)(void *),
                       void *context)
{
    int lifeline[2];
    int news[2];
    int relay = mrn_port_process();
    if (mrn_port_pipe(lifeline) != 0)
        return -1;
    if (mrn_port_pipe(news) != 0) {
        mrn_port_close(lifeline[0]);
        mrn_port_close(lifeline[1]);
        return -1;
    }
    (void)mrn_port_set_blocking(news[0], false);
    int process = mrn_port_fork();
    if (process == 0) {
        struct watch watch = {lifeline[0], news[1], wire, -1, relay, 0};
        mrn_port_close(lifeline[1]);
        mrn_port_close(news[0]);
        run(&watch, first, context);
    }
    mrn_port_close(lifeline[0]);
    mrn_port_close(news[1]);
    if (process < 0) {
        mrn_port_close(lifeline[1]);
        mrn_port_close(news[0]);
        return -1;
    }
    guardian->process = process;
    guardian->lifeline = lifeline[1];
    guardian->news = news[0];
    return 0;
}

bool mrn_guardian_restart(struct mrn_guardian *guardian, int wire)
{
    mrn_port_close(guardian->lifeline);
    mrn_port_close(guardian->news);
    guardian->process = 0;
    return ++guardian->deaths <= MRN_GUARDIAN_DEATHS_MAX &&
           mrn_guardian_start(guardian, wire, NULL, NULL) == 0;
}

bool mrn_guardian_read(const struct mrn_guardian *guardian, struct mrn_news *news)
{
    return mrn_port_read(guardian->news, news, sizeof *news) == (ptrdiff_t)sizeof *news;
}

void mrn_guardian_end(struct mrn_guardian *guardian)
{
    if (guardian->process == 0)
        return;
    mrn_groups_kill();
    mrn_port_close(guardian->lifeline);
    if (!mrn_port_await_all(MRN_END_MILLISECONDS / 2)) {
        /* It is stopped itself. What is below it becomes ours, where the system can do that. */
        (void)mrn_port_kill(guardian->process);
        mrn_port_end_children(MRN_END_MILLISECONDS / 2);
    }
    guardian->process = 0;
}
