#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "api/connect_server.hpp"
#include "api/sockets.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::api {

/// A folder that is gone at the end of the test.
struct temp_folder {
  temp_folder() {
    std::string name = "/tmp/postroom-api-XXXXXX";
    if (!::mkdtemp(name.data())) std::abort();
    path = name;
  }
  ~temp_folder() { std::filesystem::remove_all(path); }
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;
  std::filesystem::path path;
};

inline void send_all(int fd, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n = ::send(fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
      continue;
    }
    pollfd p{fd, POLLOUT, 0};
    if (errno != EAGAIN || ::poll(&p, 1, 10'000) <= 0) return;
  }
}

/// Everything up to the end of the connection, or what came within 20 s.
inline std::string read_all(int fd) {
  std::string all;
  char buffer[65536];
  for (;;) {
    pollfd p{fd, POLLIN, 0};
    if (::poll(&p, 1, 20'000) <= 0) return all;
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(n));
  }
}

/// Head and body are there, by the Content-Length.
inline bool is_whole_answer(const std::string& all) {
  const auto head = all.find("\r\n\r\n");
  const auto length = all.find("Content-Length: ");
  return head != std::string::npos && length < head &&
         all.size() >= head + 4 + std::strtoull(&all[length + 16], nullptr, 10);
}

/// One whole answer by its Content-Length, or what came until the end of the connection or 20 s.
inline std::string read_answer(int fd) {
  std::string all;
  for (;;) {
    if (is_whole_answer(all)) return all;
    char buffer[65536];
    pollfd p{fd, POLLIN, 0};
    if (::poll(&p, 1, 20'000) <= 0) return all;
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(n));
  }
}

inline std::string post(const std::string& path, const std::string& type, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline int status_of(const std::string& answer) {
  return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
}

/// A connect_server with a few methods, on a socket in a folder of its own.
struct server_test : testing::Test {
  static constexpr const char* raw_method = "/postroom.admin.v1.CallsService/GetRaw";
  temp_folder folder;
  std::string path = folder.path / "run" / "admin.sock";

  connect_options options() const {
    connect_options o;
    o.socket_path = path;
    return o;
  }

  /// Sends `bytes` as they are and reads the whole answer.
  std::string talk(const std::string& bytes) const {
    auto fd = connect_unix(path, duration{10'000});
    if (!fd) return "no connection: " + fd.error().text();
    send_all(fd->get(), bytes);
    return read_answer(fd->get());
  }
};

}  // namespace postroom::api
