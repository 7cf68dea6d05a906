#include "partitions/flood.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "mail/org_domain.hpp"
#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

constexpr flood_source sources[] = {flood_source::sender, flood_source::domain,
                                    flood_source::mailbox};
constexpr uint32_t domain_factor = 4, mailbox_factor = 10;

/// Each source has a first character of its own.
std::string key_of(flood_sender who, flood_source source) {
  if (source == flood_source::domain) return "@" + mail::org_domain(mail::domain_of(who.folded));
  if (source == flood_source::mailbox) return "/" + std::string(who.mailbox);
  return (who.proved ? "+" : "-") + std::string(who.folded);
}

bool takes_part(flood_sender who, flood_source source) {
  return source == flood_source::sender || who.stranger;
}

}  // namespace

flood_settings read_flood_settings(const config::v1::AnswerLimits& config) {
  flood_settings out;
  if (config.has_flood_after()) out.after = config.flood_after();
  out.domain_after =
      config.has_flood_domain_after() ? config.flood_domain_after() : domain_factor * out.after;
  out.mailbox_after =
      config.has_flood_mailbox_after() ? config.flood_mailbox_after() : mailbox_factor * out.after;
  if (const auto window = parse_duration(config.flood_window())) out.window = *window;
  return out;
}

void flood_guard::use(flood_settings settings) {
  if (settings.window != settings_.window) known_.clear();
  settings_ = settings;
}

int64_t flood_guard::part_of(time_point now) const {
  return to_millis(now) / std::max<int64_t>(1, settings_.window.count() / parts);
}

/// Moves the window on. A clock that was set back a little counts on where it was, one that was set
/// back far begins anew.
void flood_guard::turn(flow& f, int64_t part) {
  if (part <= f.part && f.part - part < parts) return;
  if (part < f.part || part - f.part >= parts)
    f.came.fill(0);
  else
    for (auto p = f.part + 1; p <= part; ++p) f.came[static_cast<std::size_t>(p % parts)] = 0;
  f.part = part;
}

uint64_t flood_guard::counted(const flow& f, time_point now) const {
  auto turned = f;
  turn(turned, part_of(now));
  return std::accumulate(turned.came.begin(), turned.came.end(), uint64_t{0});
}

uint32_t flood_guard::limit_of(flood_source source) const {
  if (source == flood_source::domain) return settings_.domain_after;
  return source == flood_source::mailbox ? settings_.mailbox_after : settings_.after;
}

std::optional<flood> flood_guard::find_in(flood_sender who, flood_source source,
                                          time_point now) const {
  const auto limit = limit_of(source);
  if (limit == 0 || !takes_part(who, source)) return {};
  const auto* f = known_.find(key_of(who, source));
  if (f == nullptr || counted(*f, now) < limit) return {};
  // After a clock was set back far nobody shall wait for it to catch up.
  const bool told =
      f->told && now - *f->told < settings_.window && *f->told - now < settings_.window;
  return flood{source, f->last_call, !f->flooding && !told};
}

std::optional<flood> flood_guard::find(flood_sender who, time_point now) const {
  for (const auto source : sources)
    if (auto found = find_in(who, source, now)) return found;
  return {};
}

std::optional<flood> flood_guard::find_of_sender(flood_sender who, time_point now) const {
  return find_in(who, flood_source::sender, now);
}

flood_guard::counted_flow flood_guard::count(flood_sender who, flood_source source,
                                             time_point now) {
  if (limit_of(source) == 0 || !takes_part(who, source)) return {};
  auto& f = known_.change(key_of(who, source));
  const bool is_over = counted(f, now) < limit_of(source);
  turn(f, part_of(now));
  ++f.came[static_cast<std::size_t>(f.part % parts)];
  f.at = now;
  return {&f, is_over};
}

void flood_guard::opened(flood_sender who, call_number call, time_point now) {
  for (const auto source : sources) {
    const auto f = count(who, source, now);
    if (f.in == nullptr) continue;
    f.in->last_call = call;
    if (f.is_over) f.in->flooding = false;
  }
}

void flood_guard::added(flood_sender who, const flood& part_of, time_point now) {
  for (const auto source : sources) {
    auto* f = count(who, source, now).in;
    if (f == nullptr || source != part_of.source) continue;
    f->flooding = true;
    if (part_of.begins) f->told = now;
  }
}

void flood_guard::replied(flood_sender who, time_point now) {
  const auto f = count(who, flood_source::sender, now);
  if (f.in != nullptr && f.is_over) f.in->flooding = false;
}

void flood_guard::commit(time_point now) {
  known_.commit([&](const flow& f) { return now - f.at >= settings_.window; });
}

}  // namespace postroom::partitions
