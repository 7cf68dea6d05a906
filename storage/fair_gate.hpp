#pragma once

#include <mutex>
#include <shared_mutex>

namespace postroom::storage {

/// Many writers together or one claimer alone. Unlike std::shared_mutex by itself, which on Linux
/// prefers those who share, a steady stream of writers cannot keep a claimer out: whoever waits
/// also bars the door to later ones.
class fair_gate {
 public:
  [[nodiscard]] std::shared_lock<std::shared_mutex> share() {
    std::lock_guard turn{door_};
    return std::shared_lock{room_};
  }
  [[nodiscard]] std::unique_lock<std::shared_mutex> own() {
    std::lock_guard turn{door_};
    return std::unique_lock{room_};
  }

 private:
  std::mutex door_;
  std::shared_mutex room_;
};

}  // namespace postroom::storage
