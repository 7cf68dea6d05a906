#include "channels/pop_sign_in.hpp"

#include <utility>

namespace postroom::channels {

pop_sign_in::pop_sign_in(event_loop& loop, endpoint server)
    : wire_(loop, "pop3", std::move(server), *this) {}

void pop_sign_in::start(done_fn done) {
  done_ = std::move(done);
  wire_.open();
}

/// The server notes a session when it ends in order, too: so it is ended with QUIT.
void pop_sign_in::on_ready() {
  signed_in_ = true;
  wire_.await_answer(true);
  wire_.write("QUIT\r\n");
}

void pop_sign_in::on_bytes(std::string_view bytes) {
  if (bytes.find('\n') != bytes.npos) finish({});
}

/// What breaks after the sign-in takes nothing back.
void pop_sign_in::on_broken(error why) {
  if (signed_in_) return finish({});
  const std::string line = wire_.last_line();
  const bool told = why.code == ec::auth_refused || why.code == ec::protocol_violation;
  if (told && line.starts_with("-ERR"))
    why = pop3_refusal(std::string_view(line).substr(4), why.code);
  finish(std::move(why));
}

void pop_sign_in::finish(result<void> r) {
  const auto self = shared_from_this();
  auto done = std::exchange(done_, nullptr);
  close();
  if (done) done(std::move(r));
}

void pop_sign_in::close() {
  done_ = nullptr;
  wire_.close();
}

}  // namespace postroom::channels
