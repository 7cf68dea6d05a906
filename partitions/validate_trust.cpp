#include <algorithm>

#include "mail/reply_subject.hpp"
#include "partitions/checks.hpp"
#include "partitions/follow_up.hpp"

/// Follow-ups, and what an incoming server believes of its mails.
namespace postroom::partitions {

namespace {

void check_authserv_ids(findings& f, const std::string& path, const config::v1::IncomingServer& s) {
  for (int i = 0; i < s.authserv_ids_size(); ++i) {
    const auto at = indexed(path + ".authserv_ids", i);
    if (s.authserv_ids(i).empty())
      f.add(at, "is blank",
            "write the word that stands first in Authentication-Results, or - for "
            "results without one");
    check_one_line(f, at, s.authserv_ids(i));
  }
  for (int i = 0; i < s.border_hosts_size(); ++i) {
    const auto at = indexed(path + ".border_hosts", i);
    if (s.border_hosts(i).empty())
      f.add(at, "is blank", "write the host's name as it stands behind \"by\" in Received");
    check_one_line(f, at, s.border_hosts(i));
  }
}

/// Without an id it is the border's Received field alone that tells our own results.
void check_border(findings& f, const std::string& path, const config::v1::IncomingServer& s) {
  const bool names_host =
      std::ranges::any_of(s.authserv_ids(), [](const std::string& id) { return id != "-"; });
  if (s.authserv_ids_size() > 0 && !names_host && s.border_hosts_size() == 0)
    f.add(path + ".border_hosts",
          "is blank, and - in authserv_ids names no host: nothing is believed",
          "write the hosts that take mail from outside, as they stand behind \"by\" in Received");
}

}  // namespace

void check_trust(findings& f, const std::string& path, const config::v1::IncomingServer& s) {
  check_authserv_ids(f, path, s);
  check_border(f, path, s);
  check_word(f, path + ".unaligned", s.unaligned(), {"unverified", "quarantine"});
  check_word(f, path + ".reports", s.reports(), {"attach", "log"});
  if (s.authserv_ids_size() > 0) return;
  const std::string what = "is given, but nobody's Authentication-Results are believed";
  const std::string remedy = "name whose results count in authserv_ids, or remove it";
  if (s.border_hosts_size() > 0) f.add(path + ".border_hosts", what, remedy);
  if (s.results_below_received()) f.add(path + ".results_below_received", what, remedy);
  if (!s.unaligned().empty()) f.add(path + ".unaligned", what, remedy);
}

void check_follow_ups(findings& f, const config::v1::FollowUps& settings) {
  if (!settings.subject().empty()) {
    const auto& detail = mail::reply_subject::make(settings.subject());
    const std::string why = detail ? std::string{} : detail.error().detail;
    const auto end = std::min(why.find("; "), why.size());
    if (!detail)
      f.add("follow_ups.subject", why.substr(0, end), why.substr(std::min(end + 2, why.size())));
  }
  check_word(f, "follow_ups.closed", settings.closed(), {"reopen", "new_call"});
  check_duration(f, "follow_ups.reopen_within", settings.reopen_within(), "1h", "3650d");
}

}  // namespace postroom::partitions
