#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

/// What LIST and UIDL say about the mails of one session, put together and checked. Pure.
///
/// Identical copies of a mail may share a unique-id (RFC 1939, section 7). The second and later
/// ones are told apart by a space and their rank behind it ("abc 2"): no server can send such an
/// id, since ids hold no space.
class pop3_listing {
 public:
  /// `expected`: the number of mails by STAT. Lines beyond it break the protocol, so a listing
  /// without end ends here. `unsaid_size`: what a mail counts for whose size LIST does not tell.
  explicit pop3_listing(uint64_t expected = 0, uint64_t unsaid_size = 0)
      : expected_(expected), unsaid_size_(unsaid_size) {}

  /// One line of LIST: "number size".
  result<void> add_size(std::string_view line);
  /// One line of UIDL: "number unique-id".
  result<void> add_uidl(std::string_view line);
  /// After both: ec::protocol_violation when UIDL left mails out that LIST shows; their identity is
  /// not known.
  result<void> finish();

  /// The mails with number > after, ascending, at most `max`.
  [[nodiscard]] std::vector<listed_mail> after(uint64_t number, std::size_t max) const;
  /// The number in this session of a mail that may have been listed in an earlier one; nothing when
  /// it is gone.
  [[nodiscard]] std::optional<uint64_t> number_of(const listed_mail& mail) const;
  /// Nothing when the server did not say.
  [[nodiscard]] std::optional<uint64_t> size_of(uint64_t number) const;

 private:
  struct entry {
    std::string uidl;
    std::optional<uint64_t> size;
  };

  result<entry*> at(uint64_t number);

  uint64_t expected_ = 0;
  uint64_t unsaid_size_ = 0;
  std::size_t uidl_bytes_ = 0;
  std::map<uint64_t, entry> mails_;
  std::map<std::string, uint64_t, std::less<>> numbers_;  ///< by identity; filled by finish()
};

}  // namespace postroom::channels
