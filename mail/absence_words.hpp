#pragma once

#include <cstdint>
#include <string_view>

/// Decoded subjects of programs that answer, in the languages of our users.
namespace postroom::mail {

/// Whether the subject speaks of somebody who is away. Persons, and alarms ("assenza di rete"),
/// speak so too.
bool speaks_of_absence(std::string_view subject);

enum class answer_format : uint8_t { none, reply, away };

/// Whether the subject is put as programs that answer put theirs, "Automatic reply: Printer", and
/// whether it is for somebody who is away. Hardly anybody else puts one so.
answer_format format_of(std::string_view subject);

}  // namespace postroom::mail
