#include "identity.h"

#include "../port/port.h"

#include <stdio.h>
#include <string.h>

static bool is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

struct mrn_string mrn_borrowed(const char *text, size_t size_max)
{
    size_t size = strlen(text);
    const struct mrn_string string = {(uint32_t)(size < size_max ? size : size_max),
                                      (char *)(uintptr_t)text};
    return string;
}

void mrn_identity(slave_identity *identity, struct mrn_host_names *names,
                  const struct mrn_application *application)
{
    memset(identity, 0, sizeof *identity);
    mrn_port_host(names->host, sizeof names->host, names->machine, sizeof names->machine);
    identity->protocol = SLAVE_PROTOCOL;
    memcpy(identity->interface_hash, application->interface_hash, sizeof identity->interface_hash);
    identity->build = mrn_borrowed(mrn_build_identity, SLAVE_TEXT_MAX);
    identity->host = mrn_borrowed(names->host, SLAVE_NAME_MAX);
    identity->machine = mrn_borrowed(names->machine, SLAVE_NAME_MAX);
    identity->little_endian = is_little_endian();
    identity->word_bits = (uint32_t)(8 * sizeof(void *));
    identity->cores = mrn_port_cores();
    identity->process = mrn_port_process();
}

void mrn_identity_print(const struct mrn_application *application)
{
    slave_identity identity;
    struct mrn_host_names names;
    mrn_identity(&identity, &names, application);
    (void)printf("application=%s\nprotocol=%lu\nbuild=%s\ninterface=", application->name,
                 (unsigned long)identity.protocol, mrn_build_identity);
    for (size_t i = 0; i < sizeof identity.interface_hash; i++)
        (void)printf("%02x", (unsigned)identity.interface_hash[i]);
    (void)printf("\nhost=%s\nmachine=%s\nendianness=%s\nword-bits=%lu\ncores=%lu\n", names.host,
                 names.machine, identity.little_endian ? "little" : "big",
                 (unsigned long)identity.word_bits, (unsigned long)identity.cores);
}
