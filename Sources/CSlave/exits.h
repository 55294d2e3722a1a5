/* The exit statuses of the slave and of all its processes (sysexits.h). */
#ifndef MRN_EXITS_H
#define MRN_EXITS_H

enum mrn_exit {
    MRN_EXIT_DONE = 0,
    MRN_EXIT_WORKER = 1, /* of a worker that cannot go on; the relay tells the master */
    MRN_EXIT_USAGE = 64,
    MRN_EXIT_DATA = 65,     /* --install: the bundle is not what its manifest says */
    MRN_EXIT_SOFTWARE = 70, /* a fault of ours: see port/invariant.h */
    MRN_EXIT_SYSTEM = 71,   /* the operating system refuses: memory, processes, files */
    MRN_EXIT_LOST = 75,     /* a replica is gone: connecting again helps */
    MRN_EXIT_PROTOCOL = 76, /* the master's bytes are no protocol */
    MRN_EXIT_SIGNAL = 128   /* and the signal's number */
};

#endif
