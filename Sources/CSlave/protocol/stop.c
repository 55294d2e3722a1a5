#include "stop.h"

#include "../limits.h"

#include <stdarg.h>
#include <stdio.h>

void mrn_stop_silently(struct mrn_stop *stop, int status)
{
    if (stop->is_set)
        return;
    stop->is_set = true;
    stop->status = status;
}

void mrn_stop_with(struct mrn_stop *stop, int status, const char *format, ...)
{
    char text[MRN_TEXT_MAX];
    va_list arguments;
    if (stop->is_set)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "slave: %s\n", text);
    mrn_stop_silently(stop, status);
}
