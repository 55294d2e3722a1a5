#include "{{name}}.h"

static bool is_prime(int32_t number)
{
    for (int32_t divisor = 2; divisor * divisor <= number; divisor++)
        if (number % divisor == 0)
            return false;
    return number > 1;
}

/* A worker executes one call at a time; many workers on many hosts do so at once. */
bool {{prefix}}_count_primes(struct mrn_call *call, const Range *range, int32_t *result)
{
    if (range->count < 0)
        return mrn_fail(call, "a range of %d numbers", (int)range->count);
    for (int32_t i = 0; i < range->count; i++)
        *result += is_prime(range->from + i);
    return true;
}
