#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "channels/scanner.hpp"

namespace postroom::actors::test {

/// A virus scanner that says what the test wants. Survives those who hold it.
struct fake_clamd {
  using ptr = std::shared_ptr<fake_clamd>;
  struct waiting {
    std::shared_ptr<const std::string> mail;
    channels::done_fn<channels::scan_verdict> done;
  };

  /// What becomes of a mail that is not held.
  [[nodiscard]] result<channels::scan_verdict> verdict(const std::string& mail) {
    using enum channels::scan_verdict::kind;
    if (!failures.empty()) {
      auto why = std::move(failures.front());
      failures.pop_front();
      return why;
    }
    if (down.code != ec::none) return down;
    if (mail.find("CHOKES") != mail.npos) return fail(ec::timeout, "no verdict");
    if (mail.find("VIRUS") != mail.npos) return channels::scan_verdict{infected, "Test-Signature"};
    if (mail.find("LARGE") != mail.npos) return channels::scan_verdict{too_large, {}};
    return channels::scan_verdict{};
  }
  void scan(waiting w) {
    ++asked;
    if (hold) return held.push_back(std::move(w));
    w.done(verdict(*w.mail));
  }
  /// Answers the newest of those that are held.
  void answer_newest() {
    ASSERT_FALSE(held.empty());
    auto w = std::move(held.back());
    held.pop_back();
    w.done(verdict(*w.mail));
  }

  error down{ec::none, {}};    ///< how every mail fails
  std::deque<error> failures;  ///< how the next mails fail
  bool pings = true;           ///< whether it answers PING
  bool hold = false;
  std::deque<waiting> held;
  std::size_t asked = 0;
  std::size_t pinged = 0;
};

class fake_scanner final : public channels::mail_scanner {
 public:
  explicit fake_scanner(fake_clamd::ptr clamd) : clamd_(std::move(clamd)) {}
  void scan(std::shared_ptr<const std::string> mail,
            channels::done_fn<channels::scan_verdict> done) override {
    clamd_->scan({std::move(mail), std::move(done)});
  }
  void ping(channels::done_fn<void> done) override {
    ++clamd_->pinged;
    if (clamd_->pings) return done({});
    done(fail(ec::timeout));
  }

 private:
  fake_clamd::ptr clamd_;
};

}  // namespace postroom::actors::test
