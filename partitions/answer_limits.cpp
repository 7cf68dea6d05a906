#include "partitions/answer_limits.hpp"

#include "mail/org_domain.hpp"
#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

constexpr int64_t one_mail = 1'000;
constexpr uint32_t notifications_factor = 5;

std::string key_of(char first, std::string_view rest) {
  return first + std::string(rest);
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
  if (config.has_partition()) out.partition = config.partition();
  out.per_domain = config.has_per_domain() ? config.per_domain() : out.partition;
  if (config.has_commands()) out.commands = config.commands();
  if (config.has_per_call()) out.per_call = config.per_call();
  if (config.has_per_recipient()) out.per_recipient = config.per_recipient();
  out.notifications =
      config.has_notifications() ? config.notifications() : notifications_factor * out.partition;
  return out;
}

int64_t answer_limits::used(const bucket* b, uint32_t limit, time_point now) const {
  if (b == nullptr) return 0;
  const auto elapsed = now - b->at;
  if (elapsed >= settings_.window) return 0;
  if (elapsed.count() <= 0) return b->used;
  const auto leaked = elapsed.count() * limit * one_mail / settings_.window.count();
  return std::max<int64_t>(0, b->used - leaked);
}

std::vector<answer_limits::gate> answer_limits::gates_of_answer(const caused_mail& mail) const {
  const char proof = mail.proved ? '+' : '-';
  std::vector<gate> out{{false, key_of(proof, mail.folded), settings_.per_sender, "the sender"}};
  // Everybody may be forged to be of a domain; who is proved to be of one is counted by himself.
  if (!mail.proved)
    out.push_back({false, key_of('@', mail::org_domain(mail::domain_of(mail.folded))),
                   settings_.per_domain, "the sender's domain"});
  out.push_back({true, std::string(1, proof), settings_.partition, "the partition"});
  return out;
}

std::vector<answer_limits::gate> answer_limits::gates_of(const caused_mail& mail) const {
  using kind = caused_mail::kind;
  if (mail.what == kind::answer) return gates_of_answer(mail);
  if (mail.what == kind::command_answer)
    return {
        {false, key_of('#', mail.folded), settings_.commands, "the sender", "answers to commands"}};
  std::vector<gate> out;
  const char* const what = mail.what == kind::forward ? "forwarded mails" : "notifications";
  if (mail.what == kind::notification)
    out.push_back({false,
                   key_of('/', std::to_string(mail.call.value) + "/" + std::string(mail.folded)),
                   settings_.per_call, "its address", "notifications about this call"});
  out.push_back({false, key_of(mail.what == kind::forward ? '>' : '!', mail.folded),
                 settings_.per_recipient, "its address", what});
  out.push_back(
      {true, "!", settings_.notifications, "the partition", "notifications and forwarded mails"});
  return out;
}

std::string answer_limits::refusal_of(const std::vector<gate>& gates, time_point now) const {
  for (const auto& g : gates)
    if (used(table_of(g).find(g.key), g.limit, now) + one_mail > g.limit * one_mail)
      return std::string(g.whose) + " had its " + std::to_string(g.limit) + " " + g.what +
             " within " + text_of(settings_.window);
  return {};
}

std::string answer_limits::refusal(const caused_mail& mail, time_point now) const {
  return refusal_of(gates_of(mail), now);
}

bool answer_limits::take(const caused_mail& mail, time_point now) {
  const auto gates = gates_of(mail);
  if (!refusal_of(gates, now).empty()) return false;
  for (const auto& g : gates) {
    auto& b = (g.of_partition ? whole_ : buckets_).change(g.key);
    b.used = used(&b, g.limit, now) + one_mail;
    b.at = now;
  }
  return true;
}

void answer_limits::roll_back(place to) {
  whole_.roll_back(to.whole);
  buckets_.roll_back(to.buckets);
}

void answer_limits::commit(time_point now) {
  const auto is_over = [&](const bucket& b) { return now - b.at >= settings_.window; };
  buckets_.commit(is_over);
  whole_.commit(is_over);
}

}  // namespace postroom::partitions
