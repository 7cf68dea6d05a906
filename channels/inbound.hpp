#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::channels {

class token_source;
class transcript;

enum class security { tls, starttls, none };

/// How to reach one mail server and sign in. Holds the secret itself: never log it.
struct endpoint {
  std::string host;
  uint16_t port = 0;
  channels::security security = channels::security::tls;
  std::string ca_file;  ///< PEM; empty: the system's authorities
  std::string login;    ///< empty: no sign-in
  std::string password;
  std::shared_ptr<token_source> tokens;  ///< not null: OAuth 2.0 instead of the password
  std::vector<std::string>
      auth_methods;  ///< empty: automatic; {"NONE"}: no sign-in; else SASL names, any of them
  duration connect_timeout{15'000};   ///< to the end of the sign-in
  duration request_timeout{60'000};   ///< without a byte from the server
  std::string owner;                  ///< HTTP: on whose behalf; see http_request
  std::shared_ptr<transcript> heard;  ///< not null: notes what is said (channels/transcript.hpp)
};

/// A mail the server shows.
struct listed_mail {
  uint64_t uid = 0;   ///< IMAP UID; others: a number in this session, ascending
  std::string uidl;   ///< not IMAP: what identifies the mail across sessions
  uint64_t size = 0;  ///< as the server says; it may lie
  std::optional<time_point> internal_date;  ///< when it came; not POP3
  bool size_is_bound = false;  ///< the server said no size; `size` is the channel's limit
  bool operator==(const listed_mail&) const = default;
};

/// A part of what a mailbox holds.
struct listing {
  std::vector<listed_mail> mails;
  /// Graph, EWS: where the server can take the listing up again (`resume`), once all mails listed
  /// so far have their outcome. Empty: not told.
  std::string position;
};

struct opened_mailbox {
  uint64_t uid_validity = 0;  ///< POP3: 0
  uint64_t uid_next = 0;      ///< POP3: 0
  uint64_t messages = 0;
  uint64_t highest_modseq = 0;  ///< 0: not offered
  bool can_wait = false;        ///< `wait` hears of news: IDLE, or notifications of the service
};

enum class after_commit { leave, mark_seen, move, remove };

/// The ends of the calls below. Each runs exactly once, on the event loop thread, also when the
/// connection breaks or the channel is closed or destroyed (ec::cancelled). Once the loop is
/// stopping a call ends at once, on the caller's thread (ec::cancelled). Never call a method of the
/// channel from its destructor's callbacks.
template <class T>
using done_fn = std::function<void(result<T>)>;

struct wake {
  bool news = false;  ///< the server announced a change; false: `at_most` went by
  std::chrono::steady_clock::time_point heard_at;  ///< when the announcement was read
};

/// One connection to one mailbox on a mail server. Methods may be called from any thread; they
/// return at once and are carried out in order. After an error of kind connection_lost, timeout or
/// cancelled the channel is of no more use. Nothing on the server changes but by `settle`.
class inbound_channel {
 public:
  virtual ~inbound_channel() = default;

  /// Connects, signs in, selects the mailbox. Once, before anything else.
  virtual void open(done_fn<opened_mailbox> done) = 0;

  /// The mails with uid > after, in ascending order, at most `max`. Graph and EWS: with `after` = 0
  /// all mails of the mailbox from the first on; else those that are new since the listing before
  /// (or since `resume`), whole pages, so that a few more than `max` may come. Fewer than `max`
  /// mean that there are no more for now. Graph and EWS: ec::position_lost when the server does not
  /// know any more where the listing stood; then list from 0.
  virtual void list(uint64_t after, std::size_t max, done_fn<listing> done) = 0;

  /// Takes a listing of an earlier session up again: the next `list` with `after` > 0 goes on from
  /// there. Before the first `list`. IMAP and POP3 have no positions.
  virtual void resume(std::string position) { static_cast<void>(position); }

  /// Reads whole mails, pipelined; calls may overlap and are answered in order. `on_mail` runs once
  /// per mail as it arrives: the bytes, or ec::not_found (expunged meanwhile), or
  /// ec::mail_too_large (larger than the channel's limit; its bytes are skipped), or
  /// ec::server_busy (the server does not hand this one out for now). Graph and EWS: the last also
  /// when the answer with this mail breaks off or never comes while the server is well otherwise;
  /// IMAP and POP3 lose the connection with it. `done` comes last.
  using on_mail_fn =
      std::function<void(const listed_mail&, result<std::shared_ptr<const std::string>>)>;
  virtual void fetch(std::vector<listed_mail> mails, on_mail_fn on_mail, done_fn<void> done) = 0;

  /// Reads one mail of any size in pieces of at most 1 MiB. The next piece comes only after
  /// `next()` was called (any thread); the connection waits meanwhile. `done` comes last, with the
  /// number of bytes or what `fetch` tells of a mail.
  using on_piece_fn = std::function<void(std::string piece, std::function<void()> next)>;
  virtual void fetch_in_pieces(listed_mail mail, on_piece_fn on_piece, done_fn<uint64_t> done) = 0;

  /// Carries out what is to happen on the server to mails that are safely committed. Safe to
  /// repeat: mails already gone are no error. `folder` only for move. For POP3 `leave` and `remove`
  /// only; the removal takes effect with `close`. Goes by `uid` (IMAP) or `uidl` alone.
  virtual void settle(std::vector<listed_mail> mails, after_commit action, std::string folder,
                      done_fn<void> done) = 0;

  /// Waits for the server to announce something, re-issuing IDLE as needed; at most `at_most`. Call
  /// it only while nothing else is under way; any other call ends the wait first (news = false).
  virtual void wait(duration at_most, done_fn<wake> done) = 0;

  /// Says good-bye in order (POP3: QUIT, which removes what was settled) and closes. No other call
  /// may follow.
  virtual void close(done_fn<void> done) = 0;
};

}  // namespace postroom::channels
