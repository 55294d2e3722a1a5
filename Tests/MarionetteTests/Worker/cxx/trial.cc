// A worker in C++ as a user writes one: objects made before main, exceptions, the library.
#include "trial.h"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

// Made before main; a worker that is forked has what the context made of it.
std::vector<std::int64_t> added{0};
const std::map<std::string, int> signs{{"minus", -1}, {"plus", 1}};

[[noreturn]] void raise_error(int how)
{
    const auto text = std::make_unique<std::string>("thrown for " + std::to_string(how));
    throw std::runtime_error(*text);
}

} // namespace

bool trial_add(struct mrn_call *, int32_t value)
{
    added.push_back(value);
    return true;
}

bool trial_square(struct mrn_call *, int32_t value, uint32_t milliseconds, int64_t *result)
{
    usleep(milliseconds * 1000);
    *result = signs.at("plus") * std::int64_t{value} * value;
    std::for_each(added.begin(), added.end(), [&](std::int64_t term) { *result += term; });
    return true;
}

bool trial_process(struct mrn_call *, uint32_t milliseconds, int32_t *result)
{
    usleep(milliseconds * 1000);
    *result = getpid();
    return true;
}

// 0: an exception that becomes the operation's error; else one that leaves the operation.
bool trial_crash(struct mrn_call *call, int32_t how)
{
    if (how != 0)
        raise_error(how);
    try {
        raise_error(how);
    } catch (const std::exception &error) {
        return mrn_fail(call, "%s", error.what());
    }
}

bool trial_crash_once(struct mrn_call *call, int32_t how)
{
    return trial_crash(call, how);
}

bool trial_look(struct mrn_call *call, const Table *table, uint32_t index, Look *result)
{
    const std::vector<std::uint8_t> bytes(table->bytes.bytes,
                                          table->bytes.bytes + table->bytes.count);
    if (index >= bytes.size())
        return mrn_fail(call, "%u is beyond %zu bytes", static_cast<unsigned>(index), bytes.size());
    *result = {bytes[index], static_cast<std::uint32_t>(bytes.size())};
    return true;
}

bool trial_echo(struct mrn_call *, const struct mrn_bytes *bytes, struct mrn_bytes *result)
{
    *result = *bytes;
    return true;
}
