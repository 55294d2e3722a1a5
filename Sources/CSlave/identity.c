#include "identity.h"

#include "calls.h"
#include "port.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 64u   /* SLAVE_NAME_MAX */
#define TEXT_MAX_BYTES 1024u /* SLAVE_TEXT_MAX */

static bool is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

static void write_text(struct mrn_writer *out, const char *text, size_t size_max)
{
    size_t size = strlen(text);
    if (size > size_max)
        size = size_max;
    mrn_write_uint32(out, (uint32_t)size);
    mrn_write_opaque(out, (uint32_t)size, (const uint8_t *)text);
}

void mrn_identity_write(struct mrn_writer *out, const struct mrn_application *application,
                        uint32_t workers)
{
    char host[NAME_MAX_BYTES + 1];
    char machine[NAME_MAX_BYTES + 1];
    mrn_port_host(host, sizeof host, machine, sizeof machine);
    mrn_write_uint32(out, MRN_SLAVE_PROTOCOL);
    mrn_write_opaque(out, 32, application->interface_hash);
    write_text(out, mrn_build_identity, TEXT_MAX_BYTES);
    write_text(out, host, NAME_MAX_BYTES);
    write_text(out, machine, NAME_MAX_BYTES);
    mrn_write_bool(out, is_little_endian());
    mrn_write_uint32(out, (uint32_t)(8 * sizeof(void *)));
    mrn_write_uint32(out, mrn_port_cores());
    mrn_write_uint32(out, workers);
    mrn_write_int32(out, mrn_port_process());
}

void mrn_identity_print(const struct mrn_application *application)
{
    char host[NAME_MAX_BYTES + 1];
    char machine[NAME_MAX_BYTES + 1];
    mrn_port_host(host, sizeof host, machine, sizeof machine);
    (void)printf("application=%s\nprotocol=%u\nbuild=%s\ninterface=", application->name,
                 MRN_SLAVE_PROTOCOL, mrn_build_identity);
    for (size_t i = 0; i < 32; i++)
        (void)printf("%02x", (unsigned)application->interface_hash[i]);
    (void)printf("\nhost=%s\nmachine=%s\nendianness=%s\nword-bits=%u\ncores=%u\n", host, machine,
                 is_little_endian() ? "little" : "big", (unsigned)(8 * sizeof(void *)),
                 mrn_port_cores());
}
