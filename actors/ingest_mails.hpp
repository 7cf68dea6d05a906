#pragma once

#include <optional>
#include <string>

#include "actors/ingest_decide.hpp"
#include "partitions/mail_command.hpp"
#include "partitions/texts.hpp"

/// The mails that go out for one that came in.
namespace postroom::actors::ingest {

/// Adds what people are told of an event to `out.mails`; `out.call` is the call. Each counts
/// against the limits; a note tells who is not told because of them. Gives what is answered to the
/// mail's author, or why nothing is: one sentence.
std::string tell(decision& out, const decision_input& in, partitions::call_event what,
                 const record::v1::Person& user);

/// The answer to a command; `number` 0: it is about no call.
void answer(decision& out, const decision_input& in, call_number number,
            const partitions::command_answer& text);

/// Sends the mail on to where routing rules want it, within the limits, and once to each address
/// however often it is decided anew; none of a flood, and no program's back to where it came from.
void forward(decision& out, const decision_input& in);

/// Who a call names, as the directory knows them; else as the call does.
record::v1::Person person_of(const std::map<uint64_t, record::v1::Person>& known,
                             const record::v1::PersonRef& ref);

}  // namespace postroom::actors::ingest
