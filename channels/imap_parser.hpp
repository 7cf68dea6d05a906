#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "channels/imap_response.hpp"

namespace postroom::channels {

/// Cuts the server's bytes into answers. No I/O; any split of the stream gives the same answers.
///
/// The text of one answer is bounded (1 MiB), its literals are not part of that: what becomes of
/// the literal of a BODY[] is asked for when it begins, and its memory grows only as its bytes
/// really come.
class imap_parser {
 public:
  enum class plan { keep, skip, pieces };

  class sink {
   public:
    virtual void on_response(imap_response& r) = 0;
    /// A mail's literal of `size` bytes begins.
    virtual plan on_body(const imap_fetch& so_far, uint64_t size) = 0;
    /// The next piece of a literal with plan::pieces; at most `piece_bytes`.
    virtual void on_piece(std::string piece) = 0;

   protected:
    ~sink() = default;
  };

  static constexpr std::size_t max_text = 1u << 20;
  static constexpr std::size_t piece_bytes = 1u << 20;
  static constexpr std::size_t first_bytes = 256u
                                             << 10;  ///< what a literal gets before its bytes came
  static constexpr std::size_t direct_bytes =
      8u << 10;  ///< what must be missing for `destination` to be worth it

  explicit imap_parser(sink& to) : to_(to) {}

  /// Takes all bytes. They may be those at the start of the last `destination`. After an error: not
  /// again.
  [[nodiscard]] result<void> feed(std::string_view bytes);

  /// Where the next bytes belong; empty when they must be read as text.
  [[nodiscard]] std::span<char> destination();

  /// Gives buffers back between answers.
  void trim();

 private:
  result<void> feed_text(std::string_view& bytes);
  result<void> end_of_line();
  result<bool> begin_literal();
  void feed_literal(std::string_view& bytes);
  void grow();
  void end_of_literal();
  result<void> end_of_answer();

  sink& to_;
  std::string text_;
  std::vector<imap_literal> literals_;
  std::size_t kept_text_ = 0;  ///< bytes in small literals that are not a mail's

  bool in_literal_ = false;
  plan plan_ = plan::skip;
  uint64_t size_ = 0;  ///< of the literal
  uint64_t seen_ = 0;  ///< how much of it came
  std::string bytes_;  ///< being filled
  std::size_t filled_ = 0;
};

}  // namespace postroom::channels
