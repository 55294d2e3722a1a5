#include <libssh/callbacks.h>
#include <libssh/libssh.h>
