#include "partitions/checks.hpp"

namespace postroom::partitions {

namespace {

constexpr uint32_t most_answers = 100'000;
constexpr uint32_t most_calls = 10'000;

void check_count(findings& f, const std::string& path, bool given, uint32_t value) {
  if (!given || (value > 0 && value <= most_answers)) return;
  f.add(path, std::to_string(value) + " is out of range",
        "use a value from 1 to " + std::to_string(most_answers) +
            "; to acknowledge nothing leave texts.acknowledgement blank");
}

}  // namespace

void check_answer_limits(findings& f, const config::v1::AnswerLimits& limits) {
  check_duration(f, "answer_limits.window", limits.window(), "1m", "7d");
  check_count(f, "answer_limits.per_sender", limits.has_per_sender(), limits.per_sender());
  check_count(f, "answer_limits.per_domain", limits.has_per_domain(), limits.per_domain());
  check_count(f, "answer_limits.partition", limits.has_partition(), limits.partition());
  if (limits.flood_after() > most_calls)
    f.add("answer_limits.flood_after", std::to_string(limits.flood_after()) + " is out of range",
          "use a value from 1 to " + std::to_string(most_calls) + ", or 0 for never");
  check_duration(f, "answer_limits.flood_window", limits.flood_window(), "1m", "1d");
}

}  // namespace postroom::partitions
