/*
 * What `import CLibrary` gives a worker in Swift: the headers of the C library that its target has.
 */
#ifndef MARIONETTE_WORKER_LIBRARY_H
#define MARIONETTE_WORKER_LIBRARY_H

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#endif
