#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mail/mail.hpp"
#include "mail/trust.hpp"
#include "partitions/handling.hpp"
#include "partitions/model.hpp"
#include "partitions/rule_set.hpp"
#include "partitions/sender_list.hpp"
#include "postroom/record/v1/record.pb.h"

namespace postroom::partitions {

/// What `partition_model` keeps ready for `route`.
struct routing_tables {
  rule_set rules;
  sender_list allow, deny;
  bool looks_at_files = false;  ///< policy or rules want `parsed_mail::hidden_files`
};

/// A mail on its way to becoming a call.
struct route_input {
  const partition_model& model;
  const config::v1::IncomingServer& server;
  const mail::parsed_mail& mail;
  std::string_view header;               ///< as mail::header_of gives it
  uint64_t size;                         ///< bytes of the whole mail
  const mail::trust_verdict& trust;      ///< of the mail
  const mail::trust_settings& believed;  ///< the server's: whose spam score counts
  std::vector<std::string> tags = {};    ///< what scanning says of it
  bool is_notice = false;                ///< a report or an automatic answer
  bool is_accepted = false;              ///< a person wants it in spite of what refuses it
};

/// What the partition does with a mail, in this order: sender lists, spam score, attachment policy,
/// routing rules. The first of the former three that refuses the mail ends it, and no rule is
/// looked at. Reasons: sender_denied, sender_not_allowed, spam, attachment_refused, or a rule's. A
/// notice meets only rules that ask for its origin: whoever writes of all other mails means those
/// of people. What would refuse an accepted mail is noted.
/// Pure; any thread; the time is bounded by the limits of `mail_facts` and of the configuration.
handling route(const route_input& in);

/// Counts the rules that fitted a mail at `at`. `totals` holds, by name, what is known of them
/// before; of a rule that is not in there it starts from nothing.
void add_hits(std::map<std::string, record::v1::RuleHits>& totals, const handling& handled,
              time_point at);

}  // namespace postroom::partitions
