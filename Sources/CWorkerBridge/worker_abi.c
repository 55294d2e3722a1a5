#include "worker_bridge.h"

#include <stdio.h>

/* Values whose halves differ, so that a half that is lost or swapped shows. */
static const float some_float = 1.5f;
static const double some_double = -0.1;
static const uint64_t some_word = UINT64_C(0x0123456789abcdef);
static const struct mrn_abi_record some_record = {2.25f, 1e300, UINT64_C(0xfedcba9876543210), -7};

enum { SOFTWARE_FAULT = 70 };

/* Sums of powers of two and a negation are exact: equality is the right question. */
float mrn_abi_c_float(int32_t before, float value)
{
    return value + (float)before;
}

double mrn_abi_c_double(int32_t before, double value)
{
    return before == 2 ? -value : value;
}

uint64_t mrn_abi_c_word(int32_t before, uint64_t value)
{
    return value + (uint64_t)before;
}

struct mrn_abi_record mrn_abi_c_record(struct mrn_abi_record record)
{
    const struct mrn_abi_record changed = {-record.single_width, -record.double_width, ~record.word,
                                           -record.number};
    return changed;
}

uint32_t mrn_abi_faults(void)
{
    uint32_t faults = mrn_abi_swift_faults();
    const struct mrn_abi_record record = mrn_abi_swift_record(some_record);

    /* Not greater and not less, since compilers warn of == between floats. */
    float single_width = mrn_abi_swift_float(2, some_float) - (some_float + 2.0f);
    double double_width = mrn_abi_swift_double(2, some_double) + some_double;
    float of_record = record.single_width + some_record.single_width;
    double wide_of_record = record.double_width + some_record.double_width;
    if (!(single_width <= 0 && single_width >= 0))
        faults |= MRN_ABI_FLOAT;
    if (!(double_width <= 0 && double_width >= 0))
        faults |= MRN_ABI_DOUBLE;
    if (mrn_abi_swift_word(2, some_word) != some_word + 2)
        faults |= MRN_ABI_WORD;
    if (!(of_record <= 0 && of_record >= 0) || !(wide_of_record <= 0 && wide_of_record >= 0) ||
        record.word != ~some_record.word || record.number != -some_record.number)
        faults |= MRN_ABI_STRUCT;
    return faults;
}

int mrn_abi_check(const char *program)
{
    static const struct {
        uint32_t kind;
        const char *name;
    } kinds[] = {{MRN_ABI_FLOAT, "float"},
                 {MRN_ABI_DOUBLE, "double"},
                 {MRN_ABI_WORD, "64-bit integer"},
                 {MRN_ABI_STRUCT, "struct"}};
    const char *separator = "";
    uint32_t faults = mrn_abi_faults();

    if (faults == 0)
        return 0;
    (void)fprintf(stderr, "%s: Swift and C of this slave pass values differently (", program);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if ((faults & kinds[i].kind) == 0)
            continue;
        (void)fprintf(stderr, "%s%s", separator, kinds[i].name);
        separator = ", ";
    }
    (void)fputs("): it was built with wrong flags for this target, and does not start\n", stderr);
    return SOFTWARE_FAULT;
}
