#include "exits.h"
#include "install/install.h"
#include "marionette.h"
#include "protocol/identity.h"
#include "relay/relay.h"
#include "serial/serial.h"

#include <stdio.h>
#include <string.h>

static int usage(FILE *to, const char *program, int status)
{
    (void)fprintf(to,
                  "usage: %s --serve             serve one master on standard input and output\n"
                  "       %s --serve --serial    the same in one process, for a debugger\n"
                  "       %s --install TMP FINAL verify a bundle in TMP and publish it as FINAL\n"
                  "       %s --identify          print build, interface and machine\n"
                  "       %s --help              print this\n",
                  program, program, program, program, program);
    (void)fprintf(to,
                  "\n"
                  "exit status: %d done, %d usage, %d the bundle is not what its manifest says,\n"
                  "%d the system refuses, %d a replica was lost, %d the master's bytes are no\n"
                  "protocol, %d and more: ended by that signal\n",
                  MRN_EXIT_DONE, MRN_EXIT_USAGE, MRN_EXIT_DATA, MRN_EXIT_SYSTEM, MRN_EXIT_LOST,
                  MRN_EXIT_PROTOCOL, MRN_EXIT_SIGNAL);
    return status;
}

int mrn_slave_main(int argc, char **argv, const struct mrn_application *application)
{
    const char *program = argc > 0 ? argv[0] : "slave";
    if (argc == 2 && strcmp(argv[1], "--serve") == 0)
        return mrn_relay_serve(application);
    if (argc == 3 && strcmp(argv[1], "--serve") == 0 && strcmp(argv[2], "--serial") == 0)
        return mrn_serial_serve(application);
    if (argc == 4 && strcmp(argv[1], "--install") == 0)
        return mrn_install(argv[2], argv[3]);
    if (argc == 2 && strcmp(argv[1], "--identify") == 0) {
        mrn_identity_print(application);
        return fflush(stdout) == 0 ? MRN_EXIT_DONE : MRN_EXIT_SYSTEM;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, program, MRN_EXIT_DONE);
    return usage(stderr, program, MRN_EXIT_USAGE);
}
