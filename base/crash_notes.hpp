#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postroom {

/// Remembers which mail a thread had in hand when handling it failed, also when the whole process
/// died of it (SIGSEGV, SIGBUS, SIGFPE, SIGABRT): so one bad mail is found out and put aside
/// instead of killing the process at every start. A SIGKILL or a power cut is nobody's fault and is
/// not noted.
///
/// The notes are lines in one append-only file, which is also the durable count. Thread-safe.
class crash_notes {
 public:
  /// Reads the notes of earlier lives. An unreadable file is an error; a missing one is made.
  static result<std::unique_ptr<crash_notes>> open(const std::filesystem::path& file);
  ~crash_notes();
  crash_notes(const crash_notes&) = delete;
  crash_notes& operator=(const crash_notes&) = delete;

  /// Makes the fatal signals write the mail in hand to this file before the process dies. One
  /// object per process.
  void install_signal_handlers();

  /// How often handling this mail has failed, in this and earlier lives.
  [[nodiscard]] unsigned failures(const std::string& mail_key) const;
  /// Notes one more failure (an exception that was caught).
  void note(const std::string& mail_key);

  /// Names the mail that this thread works on, as long as the guard lives. At most 200 bytes of the
  /// key are kept.
  class in_hand {
   public:
    explicit in_hand(std::string_view mail_key) noexcept;
    ~in_hand();
    in_hand(const in_hand&) = delete;
    in_hand& operator=(const in_hand&) = delete;
  };

 private:
  explicit crash_notes(int fd) : fd_(fd) {}
  int fd_;
  mutable std::mutex mutex_;
  std::map<std::string, unsigned> failures_;
};

}  // namespace postroom
