#include <stdint.h>
#include <stdio.h>
#include <sys/utsname.h>

int main(void)
{
    const uint32_t one = 1;
    struct utsname machine;
    if (uname(&machine) != 0) {
        perror("uname");
        return 1;
    }
    printf("%s is a %s: %u-bit, %s-endian\n", machine.nodename, machine.machine,
           (unsigned)sizeof(void *) * 8, *(const char *)&one == 1 ? "little" : "big");
    return 0;
}
