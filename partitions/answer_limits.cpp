#include "partitions/answer_limits.hpp"

#include "mail/org_domain.hpp"
#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

constexpr int64_t one_answer = 1'000;
constexpr std::string_view the_partition;

/// With a blank in front, which no folded address has.
std::string domain_name(std::string_view folded) {
  return " " + mail::org_domain(mail::domain_of(folded));
}

std::string text_of(duration d) {
  constexpr int64_t minute = 60'000, hour = 60 * minute;
  const auto ms = d.count();
  if (ms % hour == 0) return std::to_string(ms / hour) + "h";
  return ms % minute == 0 ? std::to_string(ms / minute) + "m" : std::to_string(ms) + "ms";
}

}  // namespace

answer_settings read_answer_settings(const config::v1::AnswerLimits& config) {
  answer_settings out;
  if (const auto window = parse_duration(config.window())) out.window = *window;
  if (config.has_per_sender()) out.per_sender = config.per_sender();
  if (config.has_per_domain()) out.per_domain = config.per_domain();
  if (config.has_partition()) out.partition = config.partition();
  return out;
}

int64_t answer_limits::used(const bucket* b, uint32_t limit, time_point now) const {
  if (b == nullptr) return 0;
  const auto elapsed = now - b->at;
  if (elapsed >= settings_.window) return 0;
  if (elapsed.count() <= 0) return b->used;
  const auto leaked = elapsed.count() * limit * one_answer / settings_.window.count();
  return std::max<int64_t>(0, b->used - leaked);
}

bool answer_limits::is_full(const bucket* b, uint32_t limit, time_point now) const {
  return used(b, limit, now) + one_answer > limit * one_answer;
}

void answer_limits::fill(bucket& b, uint32_t limit, time_point now) const {
  b.used = used(&b, limit, now) + one_answer;
  b.at = now;
}

std::string answer_limits::refusal(std::string_view folded, time_point now) const {
  const auto reached = [&](const char* whose, uint32_t limit) {
    return std::string(whose) + " had its " + std::to_string(limit) + " automatic answers within " +
           text_of(settings_.window);
  };
  if (is_full(buckets_.find(folded), settings_.per_sender, now))
    return reached("the sender", settings_.per_sender);
  if (is_full(buckets_.find(domain_name(folded)), settings_.per_domain, now))
    return reached("the sender's domain", settings_.per_domain);
  if (is_full(whole_.find(the_partition), settings_.partition, now))
    return reached("the partition", settings_.partition);
  return {};
}

bool answer_limits::take(std::string_view folded, time_point now) {
  if (!refusal(folded, now).empty()) return false;
  fill(buckets_.change(folded), settings_.per_sender, now);
  fill(buckets_.change(domain_name(folded)), settings_.per_domain, now);
  fill(whole_.change(the_partition), settings_.partition, now);
  return true;
}

void answer_limits::roll_back(std::size_t mark) {
  whole_.roll_back(mark);
  buckets_.roll_back(2 * mark);
}

void answer_limits::commit(time_point now) {
  const auto is_over = [&](const bucket& b) { return now - b.at >= settings_.window; };
  buckets_.commit(is_over);
  whole_.commit(is_over);
}

}  // namespace postroom::partitions
