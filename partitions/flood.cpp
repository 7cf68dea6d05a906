#include "partitions/flood.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

std::string key_of(flood_sender who) {
  return (who.proved ? "+" : "-") + std::string(who.folded);
}

}  // namespace

flood_settings read_flood_settings(const config::v1::AnswerLimits& config) {
  flood_settings out;
  if (config.has_flood_after()) out.after = config.flood_after();
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
    f.opened.fill(0);
  else
    for (auto p = f.part + 1; p <= part; ++p) f.opened[static_cast<std::size_t>(p % parts)] = 0;
  f.part = part;
}

uint64_t flood_guard::counted(const flow& f, time_point now) const {
  auto turned = f;
  turn(turned, part_of(now));
  return std::accumulate(turned.opened.begin(), turned.opened.end(), uint64_t{0});
}

std::optional<call_number> flood_guard::belongs_to(flood_sender who, time_point now) const {
  const auto* f = settings_.after == 0 ? nullptr : known_.find(key_of(who));
  if (f == nullptr || now - f->at >= settings_.window) return {};
  if (!f->flooding && counted(*f, now) < settings_.after) return {};
  return f->last_call;
}

void flood_guard::opened(flood_sender who, call_number call, time_point now) {
  if (settings_.after == 0) return;
  auto& f = known_.change(key_of(who));
  turn(f, part_of(now));
  ++f.opened[static_cast<std::size_t>(f.part % parts)];
  f.last_call = call;
  f.at = now;
  f.flooding = false;
}

void flood_guard::added(flood_sender who, time_point now) {
  auto& f = known_.change(key_of(who));
  f.at = now;
  f.flooding = true;
}

void flood_guard::commit(time_point now) {
  known_.commit([&](const flow& f) { return now - f.at >= settings_.window; });
}

}  // namespace postroom::partitions
