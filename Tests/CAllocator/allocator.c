#include "allocator.h"

#include <malloc.h>

size_t allocator_bytes_in_use(void)
{
    struct mallinfo2 heaps = mallinfo2();
    return heaps.uordblks + heaps.hblkhd;
}
