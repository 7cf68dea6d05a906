#pragma once

#include <optional>
#include <string>

#include "actors/ingest_decide.hpp"
#include "partitions/mail_command.hpp"
#include "partitions/texts.hpp"

/// The mails that go out for one that came in.
namespace postroom::actors::ingest {

/// Adds what people are told of an event to `out.mails`; `out.call` is the call. What would go back
/// to the mail's author counts against the limits. Gives what is answered to the author, or why
/// nothing is: one sentence.
std::string tell(decision& out, const decision_input& in, partitions::call_event what,
                 const record::v1::Person& user);

/// The answer to a command; `number` 0: it is about no call.
void answer(decision& out, const decision_input& in, call_number number,
            const partitions::command_answer& text);

/// Sends the mail on to where routing rules want it, but for one of ours that came back, and once
/// to each address however often it is decided anew.
void forward(decision& out, const decision_input& in);

/// Who a call names, as the directory knows them; else as the call does.
record::v1::Person person_of(const std::map<uint64_t, record::v1::Person>& known,
                             const record::v1::PersonRef& ref);

}  // namespace postroom::actors::ingest
