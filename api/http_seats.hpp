#pragma once

#include <string>
#include <unordered_map>
#include <utility>

namespace postroom::api {

/// How many connections each address has. One thread; outlives its seats.
class http_seats {
 public:
  /// One connection's part of the count, for as long as it lives.
  class seat {
   public:
    seat(http_seats& all, std::string host) : all_(all), host_(std::move(host)) {
      ++all_.taken_[host_];
    }
    ~seat() {
      if (const auto at = all_.taken_.find(host_); --at->second == 0) all_.taken_.erase(at);
    }
    seat(const seat&) = delete;
    seat& operator=(const seat&) = delete;
    [[nodiscard]] const std::string& host() const { return host_; }

   private:
    http_seats& all_;
    const std::string host_;
  };

  [[nodiscard]] std::size_t of(const std::string& host) const {
    const auto at = taken_.find(host);
    return at == taken_.end() ? 0 : at->second;
  }

 private:
  std::unordered_map<std::string, std::size_t> taken_;
};

}  // namespace postroom::api
