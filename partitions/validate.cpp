#include "partitions/validate.hpp"

#include <algorithm>

#include "partitions/checks.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_id_length = 12;

void check_general(findings& f, const config::v1::General& g) {
  check_word(f, "default_format", g.default_format(), {"HTML", "PLAIN"});
  if (const auto keep = g.keep_versions(); keep != 0 && (keep < 50 || keep > 100'000))
    f.add("keep_versions", std::to_string(keep) + " is out of range",
          "use a value from 50 to 100000, or leave it out for 500");
}

/// How problems name a partition; one without an id goes by its place.
std::string label(const config::v1::Partition& p, int place) {
  return p.id().empty() ? "#" + std::to_string(place + 1) : p.id();
}

void check_id(findings& f, const std::string& id, seen_on_system& seen) {
  const std::string form = "use 1 to 12 of A-Z, 0-9 and -, beginning with a letter or digit";
  if (id.empty()) {
    f.add("id", "is missing", form);
    return;
  }
  if (!is_partition_id(id)) {
    f.add("id", show(id) + " is no partition code", form);
  }
  if (!seen.partition_ids.emplace(id, f.partition()).second) {
    f.add("id", show(id) + " is the id of another partition too", "give each partition its own id");
  }
}

void check_partition(findings& f, const config::v1::Partition& p, seen_on_system& seen) {
  check_id(f, p.id(), seen);
  if (!check_amount(f, p)) return;  // else the answer could be many times as large
  check_name(f, "name", p.name());
  check_lists(f, p);
  check_matrix(f, p);
  check_screen_sets(f, p);
  check_templates(f, p);
  check_people(f, p);
  check_incoming(f, p, seen);
  check_outgoing(f, p, seen);
  check_oauth(f, p);
  check_texts(f, p);
  check_follow_ups(f, p.follow_ups());
  check_commands(f, p);
  check_answer_limits(f, p.answer_limits());
  check_scanning(f, p.scanning());
  check_rules(f, p, seen);
  check_senders(f, p.senders());
  check_attachments(f, p.attachments());
  check_spam_border(f, p);
}

}  // namespace

bool is_partition_id(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !id.empty() && id.size() <= max_id_length && id.front() != '-' &&
         std::ranges::all_of(id, allowed);
}

std::vector<problem> validate(const config::v1::Settings& settings) {
  std::vector<problem> out;
  findings general({}, out);
  check_general(general, settings.general());
  seen_on_system seen;
  for (const auto& p : settings.partitions()) seen.own.emplace_back(p.id(), own_addresses{p});
  for (int i = 0; i < settings.partitions_size(); ++i) {
    findings f(label(settings.partitions(i), i), out);
    check_partition(f, settings.partitions(i), seen);
  }
  check_moves(seen, out);
  return out;
}

std::vector<problem> validate_text(const std::string& partition, const std::string& path,
                                   const config::v1::MailText& text) {
  std::vector<problem> out;
  findings f(partition, out);
  if (check_amount(f, path, text)) check_text(f, path, text);
  return out;
}

}  // namespace postroom::partitions
