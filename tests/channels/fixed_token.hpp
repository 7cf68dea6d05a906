#pragma once

#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/tokens.hpp"

namespace postroom::channels {

/// Always the same token, whatever is said of it.
class fixed_token final : public token_source {
 public:
  fixed_token(event_loop& loop, std::string token) : loop_(loop), token_(std::move(token)) {}
  void get(done_fn<std::string> done) override {
    loop_.post([done = std::move(done), token = token_] { done(token); });
  }
  void refused(const std::string&) override {}

 private:
  event_loop& loop_;
  std::string token_;
};

}  // namespace postroom::channels
