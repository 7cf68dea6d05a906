#include "api/http_reader.hpp"

#include <http_parser.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace postroom::api {
namespace {

constexpr int bad_request = 400, too_large = 413, path_too_long = 414, cannot_expect = 417,
              head_too_large = 431;

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string media_type(std::string_view value) {
  value = value.substr(0, value.find(';'));
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  return lower(value);
}

/// The path of "/a?b" and of "http://host/a?b" (RFC 9112, 3.2.2); blank when it is neither.
std::string path_of(const std::string& target) {
  http_parser_url url;
  http_parser_url_init(&url);
  if (http_parser_parse_url(target.data(), target.size(), 0, &url) != 0) return {};
  if ((url.field_set & (1u << UF_PATH)) == 0) return {};
  return target.substr(url.field_data[UF_PATH].off, url.field_data[UF_PATH].len);
}

/// Behind the "?" of the target, without a fragment.
std::string query_of(const std::string& target) {
  const auto at = target.find('?');
  if (at == std::string::npos) return {};
  return target.substr(at + 1, target.find('#', at) - at - 1);
}

/// Headers whose second value would change the meaning of the request: whoever reads the first one
/// and whoever reads the last one would disagree.
bool must_be_single(std::string_view name) {
  static constexpr std::array names{
      "authorization",      "content-encoding", "content-type", "connect-protocol-version",
      "connect-timeout-ms", "expect",           "host"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

struct http_reader::impl {
  impl() { reset(); }

  void reset();
  void fail(int why);
  bool keep_header();
  void head_complete();
  void add_body(const char* from, std::size_t size);
  std::size_t run(std::string_view bytes);
  static const http_parser_settings& callbacks();
  static impl& of(http_parser* p) { return *static_cast<impl*>(p->data); }

  http_parser parser{};
  state at = state::head;
  http_request request;
  std::string target, name, value;
  bool in_value = false;
  std::size_t head_bytes = 0;
  std::size_t header_count = 0;
  std::size_t max_body = 0;
  std::size_t announced = 0;
  bool keep_alive = false;
  int problem = bad_request;
};

void http_reader::impl::reset() {
  http_parser_init(&parser, HTTP_REQUEST);
  parser.data = this;
  at = state::head;
  request = {};
  target.clear();
  name.clear();
  value.clear();
  in_value = keep_alive = false;
  head_bytes = header_count = announced = 0;
}

void http_reader::impl::fail(int why) {
  problem = why;
  at = state::failed;
  std::string{}.swap(request.body);
}

/// False: the request is refused.
bool http_reader::impl::keep_header() {
  if (!in_value) return true;
  in_value = false;
  auto key = lower(name);
  name.clear();
  if (++header_count > max_headers) fail(head_too_large);
  // Debian's http_parser is the lenient build, which lets "Content-Length : 5" pass.
  if (key.find(' ') != std::string::npos) fail(bad_request);
  auto [place, fresh] = request.headers.try_emplace(std::move(key), value);
  if (!fresh) {
    if (must_be_single(place->first)) fail(bad_request);
    place->second.append(", ").append(value);
  }
  value.clear();
  return at != state::failed;
}

void http_reader::impl::head_complete() {
  parser.upgrade = 0;  // an offer that we need not take up (RFC 9110, 7.8)
  if (!keep_header()) return;
  request.method = http_method_str(static_cast<http_method>(parser.method));
  request.path = path_of(target);
  request.query = query_of(target);
  if (request.path.size() > max_path) return fail(path_too_long);
  if (parser.http_major != 1 || (parser.http_minor == 1 && !request.headers.contains("host")))
    return fail(bad_request);
  request.content_type = media_type(request.header("content-type"));
  if (const auto e = request.header("expect"); !e.empty() && lower(e) != "100-continue")
    return fail(cannot_expect);
  if (parser.content_length != UINT64_MAX) announced = parser.content_length;
  at = state::head_done;
}

void http_reader::impl::add_body(const char* from, std::size_t size) {
  if (request.body.size() + size > max_body) return fail(too_large);
  request.body.append(from, size);
}

const http_parser_settings& http_reader::impl::callbacks() {
  static const http_parser_settings table = [] {
    http_parser_settings s;
    http_parser_settings_init(&s);
    s.on_url = [](http_parser* p, const char* text, std::size_t size) {
      of(p).target.append(text, size);
      return 0;
    };
    s.on_header_field = [](http_parser* p, const char* text, std::size_t size) {
      auto& x = of(p);
      if (x.at != state::head) return 0;  // a trailer: nobody asks for it
      if (!x.keep_header()) return 1;
      x.name.append(text, size);
      return 0;
    };
    s.on_header_value = [](http_parser* p, const char* text, std::size_t size) {
      auto& x = of(p);
      if (x.at != state::head) return 0;
      x.in_value = true;
      x.value.append(text, size);
      return 0;
    };
    s.on_headers_complete = [](http_parser* p) {
      of(p).head_complete();
      http_parser_pause(p, 1);
      return 0;
    };
    s.on_body = [](http_parser* p, const char* text, std::size_t size) {
      of(p).add_body(text, size);
      return of(p).at == state::failed ? 1 : 0;
    };
    s.on_message_complete = [](http_parser* p) {
      of(p).at = state::done;
      of(p).keep_alive = http_should_keep_alive(p) != 0;
      http_parser_pause(p, 1);
      return 0;
    };
    return s;
  }();
  return table;
}

std::size_t http_reader::impl::run(std::string_view bytes) {
  const auto used = http_parser_execute(&parser, &callbacks(), bytes.data(), bytes.size());
  const auto why = HTTP_PARSER_ERRNO(&parser);
  if (why != HPE_OK && why != HPE_PAUSED && at != state::failed)
    fail(why == HPE_HEADER_OVERFLOW ? head_too_large : bad_request);
  return used;
}

http_reader::http_reader() : x_(std::make_unique<impl>()) {}
http_reader::~http_reader() = default;

std::size_t http_reader::feed(std::string_view bytes) {
  auto& x = *x_;
  if (bytes.empty() || (x.at != state::head && x.at != state::body)) return 0;
  if (x.at == state::body) return x.run(bytes);
  const auto part = bytes.substr(0, max_head - x.head_bytes);
  const auto used = x.run(part);
  x.head_bytes += used;
  if (x.at == state::head && x.head_bytes == max_head)
    x.fail(x.target.size() > max_path && x.header_count == 0 ? path_too_long : head_too_large);
  return used;
}

http_reader::state http_reader::now() const {
  return x_->at;
}

void http_reader::read_body(std::size_t max) {
  if (x_->announced > max) return x_->fail(too_large);
  x_->max_body = max;
  x_->at = state::body;
  http_parser_pause(&x_->parser, 0);
}

void http_reader::next() {
  x_->reset();
}

http_request& http_reader::request() {
  return x_->request;
}

int http_reader::problem() const {
  return x_->problem;
}

bool http_reader::expects_continue() const {
  return x_->parser.http_minor == 1 && x_->request.headers.contains("expect");
}

std::size_t http_reader::announced() const {
  return x_->announced;
}

bool http_reader::keeps_alive() const {
  return x_->keep_alive;
}

std::size_t http_reader::held() const {
  return x_->request.body.capacity();
}

}  // namespace postroom::api
