#pragma once

#include <atomic>

#include "access/registry.hpp"

namespace postroom::access {

class registry::slot {
 public:
  explicit slot(std::atomic<int>& free) : free_(free), taken_(free.fetch_sub(1) > 0) {
    if (!taken_) free_.fetch_add(1);
  }
  ~slot() {
    if (taken_) free_.fetch_add(1);
  }
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;
  [[nodiscard]] bool taken() const { return taken_; }
  static error none() {
    return fail(ec::overloaded, "several passwords are being checked just now; try again");
  }

 private:
  std::atomic<int>& free_;
  bool taken_;
};

}  // namespace postroom::access
