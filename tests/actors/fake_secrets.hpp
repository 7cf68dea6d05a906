#pragma once

#include <map>
#include <utility>

#include "actors/secret_names.hpp"

namespace postroom::actors::test {

/// Stored secrets, each with its revision.
class fake_secrets final : public secret_names {
 public:
  std::unique_lock<std::mutex> hold() override { return std::unique_lock{turn}; }
  bool has(const std::string& partition, const std::string& name) const override {
    return revisions.contains({partition, name});
  }
  uint64_t revision(const std::string& partition, const std::string& name) const override {
    const auto found = revisions.find({partition, name});
    return found == revisions.end() ? 0 : found->second;
  }

  std::mutex turn;
  std::map<std::pair<std::string, std::string>, uint64_t> revisions;
};

}  // namespace postroom::actors::test
