#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace postroom::support {

/// A simulated mail service (tests/simulators/NAME.py) in a process of its own, ended by the
/// destructor. Failures throw std::runtime_error.
class simulator {
 public:
  /// `name`: graph, ews.
  explicit simulator(const std::string& name, const std::vector<std::string>& arguments = {});
  ~simulator();
  simulator(const simulator&) = delete;
  simulator& operator=(const simulator&) = delete;

  /// Of the service, as a setting names it.
  [[nodiscard]] const std::string& url() const { return url_; }

  /// Carries out a command of tests/simulators/simulator.py.
  nlohmann::json control(const nlohmann::json& wanted) const;

  /// A user name that no test has used.
  std::string fresh_user();
  void deliver(const std::string& user, const std::string& raw,
               const std::string& folder = "inbox") const;
  /// What lies in a folder, in order of arrival: the objects of the command `mails`, `raw` decoded.
  [[nodiscard]] nlohmann::json mails(const std::string& user,
                                     const std::string& folder = "inbox") const;

 private:
  pid_t pid_ = -1;
  int input_ = -1;  ///< its standard input
  uint16_t port_ = 0;
  std::string url_;
  unsigned users_ = 0;
};

}  // namespace postroom::support
