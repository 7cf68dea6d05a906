#include "partitions/checks.hpp"

namespace postroom::partitions {

namespace {

constexpr uint32_t most_answers = 100'000;
constexpr uint32_t most_of_sender = 10'000;
constexpr uint32_t most_of_many = 100'000;

void check_count(findings& f, const std::string& path, bool given, uint32_t value) {
  if (!given || (value > 0 && value <= most_answers)) return;
  f.add(path, std::to_string(value) + " is out of range",
        "use a value from 1 to " + std::to_string(most_answers) +
            "; to acknowledge nothing leave texts.acknowledgement blank");
}

void check_flood(findings& f, const std::string& path, uint32_t mails, uint32_t most) {
  if (mails > most)
    f.add(path, std::to_string(mails) + " is out of range",
          "use a value from 1 to " + std::to_string(most) + ", or 0 for never");
}

}  // namespace

void check_answer_limits(findings& f, const config::v1::AnswerLimits& limits) {
  check_duration(f, "answer_limits.window", limits.window(), "1m", "7d");
  check_count(f, "answer_limits.per_sender", limits.has_per_sender(), limits.per_sender());
  check_count(f, "answer_limits.per_domain", limits.has_per_domain(), limits.per_domain());
  check_count(f, "answer_limits.partition", limits.has_partition(), limits.partition());
  check_count(f, "answer_limits.commands", limits.has_commands(), limits.commands());
  check_count(f, "answer_limits.per_call", limits.has_per_call(), limits.per_call());
  check_count(f, "answer_limits.per_recipient", limits.has_per_recipient(), limits.per_recipient());
  check_count(f, "answer_limits.notifications", limits.has_notifications(), limits.notifications());
  check_flood(f, "answer_limits.flood_after", limits.flood_after(), most_of_sender);
  check_flood(f, "answer_limits.flood_domain_after", limits.flood_domain_after(), most_of_many);
  check_flood(f, "answer_limits.flood_mailbox_after", limits.flood_mailbox_after(), most_of_many);
  check_duration(f, "answer_limits.flood_window", limits.flood_window(), "1m", "1d");
}

}  // namespace postroom::partitions
