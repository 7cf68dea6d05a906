#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "channels/scanner.hpp"
#include "partitions/scanning.hpp"

/// What a virus scanner's word makes of a mail. Pure; no CAF in here.
namespace postroom::actors::scanning {

/// Reasons of quarantined mails.
inline constexpr const char* infected = "infected";
inline constexpr const char* unscannable = "unscannable";

/// Whether to ask the scanner. One that becomes no call anyway is not scanned; one over the limit
/// is marked as not scanned.
bool is_to_be_scanned(mail_item& item, const partitions::scan_settings& settings);

/// The mail with what was found; infected it goes to the quarantine, unless it is to be tagged.
mail_item with_verdict(mail_item item, const channels::scan_verdict& verdict,
                       const partitions::scan_settings& settings);
/// Taken all the same, although the scanner failed with `why`.
mail_item without_verdict(mail_item item, ec why);
/// The scanner fails on this one and is well otherwise: a person has to look.
mail_item fails_scanner(mail_item item, const error& why);

/// Whether this mail may be why the scanner gave no verdict: it was reached.
bool may_be_the_mails_doing(ec code);
/// Whether nobody asked the scanner: then its silence says nothing.
bool was_not_asked(ec code);

/// For the call's decision record, one sentence; nothing where the partition has no scanner.
std::optional<std::string> note_of(const scan_result& scan);
/// "infected" or "unscanned", for the call and for routing rules.
std::optional<std::string> tag_of(const scan_result& scan);

}  // namespace postroom::actors::scanning
