#include "base/inject.hpp"

#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace postroom {
namespace {

struct armed_point {
  std::string action;
  unsigned at = 0;  // 0: every hit
  unsigned hits = 0;
};

std::mutex mutex;

std::map<std::string, armed_point, std::less<>> parse(std::string_view spec) {
  std::map<std::string, armed_point, std::less<>> out;
  while (!spec.empty()) {
    auto item = spec.substr(0, spec.find(','));
    spec.remove_prefix(std::min(spec.size(), item.size() + 1));
    auto eq = item.find('='), at = item.find('@');
    if (eq == std::string_view::npos) continue;
    armed_point p{
        std::string{item.substr(eq + 1, at == std::string_view::npos ? at : at - eq - 1)}};
    if (at != std::string_view::npos)
      p.at = static_cast<unsigned>(std::stoul(std::string{item.substr(at + 1)}));
    out.emplace(item.substr(0, eq), p);
  }
  return out;
}

std::map<std::string, armed_point, std::less<>>& armed() {
  static auto points = [] {
    const char* spec = std::getenv("POSTROOM_INJECT");
    return parse(spec ? spec : "");
  }();
  return points;
}

}  // namespace

void inject_arm(std::string_view spec) {
  std::lock_guard lock{mutex};
  armed() = parse(spec);
}

void inject_hit(std::string_view name) {
  std::string action;
  {
    std::lock_guard lock{mutex};
    auto it = armed().find(name);
    if (it == armed().end()) return;
    if (++it->second.hits; it->second.at != 0 && it->second.hits != it->second.at) return;
    action = it->second.action;
  }
  if (action == "kill") std::raise(SIGKILL);
  if (action == "pause") std::this_thread::sleep_for(std::chrono::milliseconds{100});
  if (action == "throw") throw std::runtime_error("injected at " + std::string{name});
}

}  // namespace postroom
