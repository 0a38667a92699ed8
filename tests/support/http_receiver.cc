#include "tests/support/http_receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace latchkey {

struct HttpReceiver::Tls {
  SSL_CTX* context = nullptr;
  ~Tls() { SSL_CTX_free(context); }
};

namespace {

// One connection, encrypted or not.
class Connection {
 public:
  Connection(int socket, SSL_CTX* context) : socket_(socket) {
    if (context == nullptr) return;
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, socket);
    good_ = SSL_accept(ssl_) == 1;
  }
  ~Connection() { SSL_free(ssl_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool good() const { return good_; }
  bool ReadMore(std::string& text) {
    std::array<char, 4096> part{};
    const auto count = ssl_ != nullptr ? SSL_read(ssl_, part.data(), static_cast<int>(part.size()))
                                       : static_cast<int>(recv(socket_, part.data(), part.size(), 0));
    if (count <= 0) return false;
    text.append(part.data(), static_cast<size_t>(count));
    return true;
  }
  void Write(const std::string& text) {
    if (ssl_ != nullptr) {
      SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
    } else {
      (void)!send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    }
  }
  void Finish() {
    if (ssl_ != nullptr) SSL_shutdown(ssl_);
  }

 private:
  int socket_;
  SSL* ssl_ = nullptr;
  bool good_ = true;
};

bool ReadRequest(Connection& connection, ReceivedRequest& request) {
  std::string text;
  size_t end = std::string::npos;
  while ((end = text.find("\r\n\r\n")) == std::string::npos) {
    if (!connection.ReadMore(text)) return false;
  }
  size_t length = 0;
  const std::vector<std::string> lines = absl::StrSplit(text.substr(0, end), "\r\n");
  const std::vector<std::string> words = absl::StrSplit(lines.front(), ' ');
  if (words.size() > 1) request.target = words[1];
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> field = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    request.headers[absl::AsciiStrToLower(field.first)] = field.second;
  }
  (void)absl::SimpleAtoi(request.headers["content-length"], &length);
  request.body = text.substr(end + 4);
  while (request.body.size() < length) {
    if (!connection.ReadMore(request.body)) return false;
  }
  return true;
}

}  // namespace

HttpReceiver::HttpReceiver(Handler handler) : HttpReceiver(std::move(handler), Options{}) {}

HttpReceiver::HttpReceiver(Handler handler, const Options& options) : handler_(std::move(handler)) {
  if (!options.certificate.empty()) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL.
    tls_ = std::make_shared<Tls>();
    tls_->context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(tls_->context, options.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls_->context, options.private_key.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("the receiver's certificate cannot be used");
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(options.port));
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("the receiver cannot listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

HttpReceiver::~HttpReceiver() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int connection : open_) shutdown(connection, SHUT_RDWR);
  }
  changed_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  for (std::thread& thread : threads_) thread.join();
}

std::string HttpReceiver::url() const {
  return absl::StrCat(tls_ == nullptr ? "http" : "https", "://127.0.0.1:", port_, "/hook");
}

std::vector<ReceivedRequest> HttpReceiver::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool HttpReceiver::Await(size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return requests_.size() >= count; });
}

void HttpReceiver::Accept() {
  while (true) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (ending_) {
      if (connection >= 0) close(connection);
      return;
    }
    if (connection < 0) continue;
    open_.push_back(connection);
    threads_.emplace_back([this, connection] { Serve(connection); });
  }
}

void HttpReceiver::Serve(int socket) {
  {
    Connection connection(socket, tls_ == nullptr ? nullptr : tls_->context);
    ReceivedRequest request;
    if (connection.good() && ReadRequest(connection, request)) {
      ReceiverReply reply;
      {
        const std::lock_guard lock(mutex_);
        reply = handler_(request);
        requests_.push_back(request);
      }
      changed_.notify_all();
      const std::string text =
          absl::StrCat("HTTP/1.1 ", reply.status, " Said\r\nContent-Length: ", reply.body.size(), "\r\n",
                       reply.headers, "Connection: close\r\n\r\n", reply.body);
      switch (reply.manner) {
        case ReceiverReply::Manner::kProper:
          connection.Write(text);
          connection.Finish();
          break;
        case ReceiverReply::Manner::kCloseMidReply:
          connection.Write(text.substr(0, text.size() - reply.body.size() / 2 - 1));
          break;
        case ReceiverReply::Manner::kHang: {
          std::unique_lock lock(mutex_);
          changed_.wait(lock, [this] { return ending_; });
          break;
        }
        case ReceiverReply::Manner::kCloseAtOnce:
          break;
      }
    }
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, socket);
  close(socket);
}

}  // namespace latchkey
