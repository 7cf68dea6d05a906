#pragma once

// For channels/connection*.cpp only: includes libcurl.
#include <curl/curl.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "channels/connection.hpp"

namespace postroom::channels {

/// Kept alive by the tasks it posted, so that `close` is possible at any time.
struct connection::impl : std::enable_shared_from_this<connection::impl> {
  using clock = std::chrono::steady_clock;
  enum class state { fresh, signing_in, live, gone };

  impl(event_loop& l, std::string s, endpoint e, user& w, std::string h)
      : loop(l), scheme(std::move(s)), hello(std::move(h)), server(std::move(e)), who(&w) {}

  void open();
  void ask_for_token();
  void on_token(result<std::string> got);
  bool try_with_fresh_token();
  void use_rest_of_time();
  void prepare();
  void start_transfer();
  bool try_without_gssapi();
  void signed_in(CURLcode rc);
  void take_over();
  void update_watch();
  void on_event(uint32_t events);
  void read_some();
  void read_later();
  void flush();
  void arm_timer();
  void on_timer();
  void broken(error why);
  void release();

  void listen_in();

  static int on_debug(CURL*, curl_infotype what, char* text, std::size_t n, void* heard);
  static std::size_t on_line(char* text, std::size_t, std::size_t n, void* self);

  event_loop& loop;
  std::string scheme;
  std::string hello;
  endpoint server;
  user* who;
  state now = state::fresh;
  CURL* easy = nullptr;
  int fd = -1;
  uint32_t watched = 0;
  std::string out;
  std::size_t sent = 0;
  bool blocked = false;  ///< the socket takes no more for now
  bool paused = false;
  bool read_posted = false;
  bool awaiting = false;
  uint64_t timer = 0;
  clock::time_point last_activity;
  std::string greeting, last_line, capability_line;
  bool gssapi_offered = false;
  bool without_gssapi = false;  ///< tried again so
  clock::time_point opened_at;
  std::string token;         ///< in use; empty: a password is
  std::string token_before;  ///< it was refused
  std::unique_ptr<std::array<char, CURL_ERROR_SIZE>> said;
};

}  // namespace postroom::channels
