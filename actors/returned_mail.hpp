#pragma once

#include <optional>

#include "actors/call_book.hpp"
#include "actors/ingest.hpp"

namespace postroom::actors {

/// The mail of ours whose header a report returns, where the Message-ID is not the one that we
/// gave: some servers replace it. The header must prove it: by the id that we repeat in a field of
/// our own, by a reference that we made for its recipient, or, of a mail to the call's user, by our
/// mark together with the call and the very subject. Who never got a mail of ours knows none of
/// these. Errors: of the book.
result<std::optional<record::v1::OutboxEntry>> returned_mail(
    call_book& book, const partitions::partition_model& model, const ingest::partition_keys& own,
    const mail::parsed_mail& report);

}  // namespace postroom::actors
