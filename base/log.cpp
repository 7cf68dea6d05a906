#include "base/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "base/clock.hpp"

namespace postroom::log {
namespace {

struct sink {
  std::shared_ptr<spdlog::logger> logger;
  bool json = false;
};

sink& current() {
  static sink s = [] {
    auto logger = std::make_shared<spdlog::logger>(
        "postroom", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::warn);
    return sink{logger, false};
  }();
  return s;
}

spdlog::level::level_enum map(level l) {
  switch (l) {
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warn:
      return spdlog::level::warn;
    case level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view name(level l) {
  switch (l) {
    case level::debug:
      return "debug";
    case level::info:
      return "info";
    case level::warn:
      return "warn";
    case level::error:
      return "error";
  }
  return "error";
}

// JSON string escapes; also used for the quoted values of the plain form, so a line is always one
// line.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f) {
      char hex[7];
      std::snprintf(hex, sizeof hex, "\\u%04x", c);
      out += hex;
    } else {
      out += static_cast<char>(c);
    }
  }
  out += '"';
}

bool plain(std::string_view text) {
  if (text.empty()) return false;
  for (unsigned char c : text)
    if (c <= 0x20 || c == '"' || c == '=' || c == '\\' || c >= 0x7f) return false;
  return true;
}

std::string render_json(level l, std::string_view event, std::initializer_list<field> fields) {
  std::string out = "{\"time\":\"" + render_time(system_now()) + "\",\"level\":\"";
  out.append(name(l)).append("\",\"event\":");
  append_quoted(out, event);
  for (const auto& f : fields) {
    out += ',';
    append_quoted(out, f.key);
    out += ':';
    append_quoted(out, f.value);
  }
  return out + "}";
}

std::string render_plain(level l, std::string_view event, std::initializer_list<field> fields) {
  std::string out = render_time(system_now());
  out.append(" ").append(name(l)).append(" ").append(event);
  for (const auto& f : fields) {
    out.append(" ").append(f.key).append("=");
    if (plain(f.value))
      out += f.value;
    else
      append_quoted(out, f.value);
  }
  return out;
}

}  // namespace

result<void> start(const options& opts) {
  spdlog::sink_ptr to;
  try {
    if (opts.file.empty())
      to = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
      to = std::make_shared<spdlog::sinks::basic_file_sink_mt>(opts.file);
  } catch (const spdlog::spdlog_ex& e) {
    return fail(ec::config_invalid, e.what());
  }
  auto logger = std::make_shared<spdlog::logger>("postroom", to);
  logger->set_pattern("%v");
  logger->set_level(map(opts.least));
  logger->flush_on(spdlog::level::info);
  current() = sink{logger, opts.json};
  return {};
}

void write(level l, std::string_view event, std::initializer_list<field> fields) {
  auto& to = current();
  if (!to.logger->should_log(map(l))) return;
  to.logger->log(map(l), "{}",
                 to.json ? render_json(l, event, fields) : render_plain(l, event, fields));
}

}  // namespace postroom::log
