#include "actors/scanning.hpp"

#include <utility>

namespace postroom::actors::scanning {

namespace {

mail_item quarantined(mail_item item, const char* reason, std::string detail) {
  item.what = mail_item::kind::quarantine;
  item.reason = reason;
  item.detail = std::move(detail);
  return item;
}

/// A person of the helpdesk reads this: nothing of the machine.
mail_item unscanned(mail_item item, std::string why) {
  item.scan = {scan_result::state::unscanned, std::move(why)};
  return item;
}

}  // namespace

bool is_to_be_scanned(mail_item& item, const partitions::scan_settings& settings) {
  const bool taken = item.what == mail_item::kind::call || item.what == mail_item::kind::notice;
  if (!taken || !item.raw) return false;
  if (item.raw->size() <= settings.max_bytes) return true;
  auto why = "it has " + std::to_string(item.raw->size()) + " bytes, the limit is " +
             std::to_string(settings.max_bytes);
  item = unscanned(std::move(item), std::move(why));
  return false;
}

mail_item with_verdict(mail_item item, const channels::scan_verdict& verdict,
                       const partitions::scan_settings& settings) {
  using enum channels::scan_verdict::kind;
  if (verdict.what == too_large)
    return unscanned(std::move(item), "it is over the scanner's own limit, StreamMaxLength");
  if (verdict.what == clean) {
    item.scan = {scan_result::state::clean, {}};
    return item;
  }
  item.scan = {scan_result::state::infected, verdict.signature};
  if (settings.tag_infected) return item;
  return quarantined(std::move(item), scanning::infected, verdict.signature);
}

mail_item without_verdict(mail_item item, ec why) {
  return unscanned(std::move(item),
                   "the scanner gave no verdict (" + std::string{to_string(why)} + ")");
}

mail_item fails_scanner(mail_item item, const error& why) {
  return quarantined(without_verdict(std::move(item), why.code), unscannable,
                     "the virus scanner is well but fails on this mail: " + why.text());
}

bool may_be_the_mails_doing(ec code) {
  return code == ec::timeout || code == ec::connection_lost || code == ec::protocol_violation ||
         code == ec::server_busy;
}

bool was_not_asked(ec code) {
  return code == ec::overloaded || code == ec::cancelled;
}

std::optional<std::string> note_of(const scan_result& scan) {
  switch (scan.what) {
    case scan_result::state::not_asked:
      return std::nullopt;
    case scan_result::state::clean:
      return "The virus scanner found nothing.";
    case scan_result::state::infected:
      return "The virus scanner found \"" + scan.detail + "\".";
    case scan_result::state::unscanned:
      return "The mail was not scanned for viruses: " + scan.detail + ".";
  }
  return std::nullopt;
}

std::optional<std::string> tag_of(const scan_result& scan) {
  if (scan.what == scan_result::state::infected) return "infected";
  if (scan.what == scan_result::state::unscanned) return "unscanned";
  return std::nullopt;
}

}  // namespace postroom::actors::scanning
