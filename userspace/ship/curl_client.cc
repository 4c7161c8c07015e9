// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/curl_client.hpp"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::size_t kConnections = 4;
constexpr std::size_t kReplyMost = std::size_t{64} << 10;
constexpr long kConnectTimeoutMs = 10'000;
// By default curl caches the authorities' certificates for a day: a file that was replaced should be read
// sooner.
constexpr long kCaCacheS = 60;

struct EasyEnd {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct MultiEnd {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};
struct ListEnd {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

Result<std::unique_ptr<curl_slist, ListEnd>> make_list(const std::vector<std::string>& headers) {
  std::unique_ptr<curl_slist, ListEnd> list;
  for (const std::string& header : headers) {
    curl_slist* longer = ::curl_slist_append(list.get(), header.c_str());
    if (longer == nullptr) return fail(ErrorCode::no_memory, "no memory for a request's headers");
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

class CurlClient final : public HttpClient {
 public:
  CurlClient(std::string url, RemoteOptions options) : url_(std::move(url)), options_(std::move(options)) {}
  ~CurlClient() override;
  Result<void> open();

  [[nodiscard]] bool has_room() const override {
    return std::ranges::any_of(slots_, [](const Slot& slot) { return !slot.is_busy; });
  }
  Result<void> post(std::uint64_t id, std::string_view body, std::uint64_t timeout_ms) override;
  void run(const std::function<void(std::uint64_t, HttpReply&&)>& take) override;
  void set_headers(std::vector<std::string> headers) override { headers_ = std::move(headers); }
  [[nodiscard]] int fd() const override { return epoll_.get(); }

 private:
  struct Slot {
    std::unique_ptr<CURL, EasyEnd> easy;
    std::unique_ptr<curl_slist, ListEnd> headers;
    std::array<char, CURL_ERROR_SIZE> error{};
    std::uint64_t id = 0;
    bool is_busy = false;
    HttpReply reply;
  };

  Result<void> set_up(Slot& slot);
  void act_on(const epoll_event& event);
  void take_ended(const std::function<void(std::uint64_t, HttpReply&&)>& take);
  static HttpReply end_reply(Slot& slot, CURLcode code);

  static std::size_t write(char* data, std::size_t one, std::size_t size, void* slot);
  static int socket_changed(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int timer_changed(CURLM* multi, long timeout_ms, void* self);

  const std::string url_;
  const RemoteOptions options_;
  std::vector<std::string> headers_;
  FileDescriptor epoll_;
  FileDescriptor timer_;
  std::array<Slot, kConnections> slots_;  // before `multi_`, which knows them at its end
  std::unique_ptr<CURLM, MultiEnd> multi_;
};

std::size_t CurlClient::write(char* data, std::size_t /*one*/, std::size_t size, void* slot) {
  std::string& body = static_cast<Slot*>(slot)->reply.body;
  body.append(data, std::min(size, kReplyMost - body.size()));
  return size;
}

int CurlClient::socket_changed(CURL*, curl_socket_t socket, int what, void* client, void* known) {
  auto& self = *static_cast<CurlClient*>(client);
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(self.epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  event.data.fd = socket;
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  const int change = known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (::epoll_ctl(self.epoll_.get(), change, socket, &event) != 0 && errno == EEXIST)
    ::epoll_ctl(self.epoll_.get(), EPOLL_CTL_MOD, socket, &event);
  ::curl_multi_assign(self.multi_.get(), socket, client);
  return 0;
}

int CurlClient::timer_changed(CURLM*, long timeout_ms, void* client) {
  itimerspec when{};
  if (timeout_ms >= 0) {
    when.it_value.tv_sec = timeout_ms / 1000;
    when.it_value.tv_nsec = timeout_ms % 1000 * 1'000'000 + 1;  // 0 would be never
  }
  ::timerfd_settime(static_cast<CurlClient*>(client)->timer_.get(), 0, &when, nullptr);
  return 0;
}

Result<void> CurlClient::open() {
  static const CURLcode global = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
  timer_ = FileDescriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!epoll_.valid() || !timer_.valid()) return fail_errno("cannot watch connections", errno);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = timer_.get();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) != 0)
    return fail_errno("cannot watch connections", errno);
  multi_.reset(::curl_multi_init());
  if (global != CURLE_OK || !multi_) return fail(ErrorCode::no_memory, "cannot set up libcurl");
  ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, socket_changed);
  ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, timer_changed);
  ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  for (Slot& slot : slots_) PROCTREE_CHECK(set_up(slot));
  return {};
}

Result<void> CurlClient::set_up(Slot& slot) {
  slot.easy.reset(::curl_easy_init());
  if (!slot.easy) return fail(ErrorCode::no_memory, "cannot set up libcurl");
  CURLcode failed = CURLE_OK;
  const auto set = [&](CURLoption option, auto value) {
    const CURLcode code = ::curl_easy_setopt(slot.easy.get(), option, value);
    if (failed == CURLE_OK) failed = code;
  };
  const auto set_file = [&](CURLoption option, const std::string& path) {
    if (!path.empty()) set(option, path.c_str());
  };
  set(CURLOPT_URL, url_.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_POST, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_USERAGENT, "proctree-ship/" PROCTREE_VERSION);
  set(CURLOPT_ERRORBUFFER, slot.error.data());
  set(CURLOPT_WRITEFUNCTION, write);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&slot));
  set(CURLOPT_PRIVATE, static_cast<void*>(&slot));
  set_file(CURLOPT_CAINFO, options_.tls_ca);
  set_file(CURLOPT_SSLCERT, options_.tls_cert);
  set_file(CURLOPT_SSLKEY, options_.tls_key);
  set(CURLOPT_CA_CACHE_TIMEOUT, kCaCacheS);
  set(CURLOPT_SSL_VERIFYPEER, options_.tls_insecure ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, options_.tls_insecure ? 0L : 2L);
  if (failed == CURLE_OK) return {};
  return fail(ErrorCode::unsupported, std::string("cannot set up libcurl: ") + ::curl_easy_strerror(failed),
              "install libcurl 7.87 or newer");
}

HttpReply CurlClient::end_reply(Slot& slot, CURLcode code) {
  HttpReply reply = std::exchange(slot.reply, {});
  if (code != CURLE_OK) {
    reply.error = slot.error[0] != '\0' ? slot.error.data() : ::curl_easy_strerror(code);
    reply.error_code = code;
    reply.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    return reply;
  }
  long status = 0;
  const char* type = nullptr;
  curl_off_t after = 0;  // a date too has been made seconds from now
  ::curl_easy_getinfo(slot.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  ::curl_easy_getinfo(slot.easy.get(), CURLINFO_CONTENT_TYPE, &type);
  ::curl_easy_getinfo(slot.easy.get(), CURLINFO_RETRY_AFTER, &after);
  reply.status = static_cast<int>(status);
  if (type != nullptr) reply.content_type = type;
  if (after > 0) reply.retry_after_s = static_cast<std::uint64_t>(after);
  return reply;
}

void CurlClient::take_ended(const std::function<void(std::uint64_t, HttpReply&&)>& take) {
  int waiting = 0;
  while (const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &waiting)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;  // the message goes with the handle
    char* found = nullptr;
    ::curl_easy_getinfo(easy, CURLINFO_PRIVATE, &found);
    auto& slot = *reinterpret_cast<Slot*>(found);
    ::curl_multi_remove_handle(multi_.get(), easy);
    slot.is_busy = false;
    take(slot.id, end_reply(slot, code));
  }
}

CurlClient::~CurlClient() {
  for (const Slot& slot : slots_) {
    if (slot.is_busy) ::curl_multi_remove_handle(multi_.get(), slot.easy.get());
  }
}

Result<void> CurlClient::post(std::uint64_t id, std::string_view body, std::uint64_t timeout_ms) {
  Slot& slot = *std::ranges::find_if(slots_, [](const Slot& s) { return !s.is_busy; });
  slot.headers = PROCTREE_TRY(make_list(headers_));
  slot.id = id;
  slot.reply = {};
  slot.error[0] = '\0';
  CURL* const easy = slot.easy.get();
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot.headers.get());
  ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  const CURLMcode code = ::curl_multi_add_handle(multi_.get(), easy);
  if (code != CURLM_OK) return fail(ErrorCode::io, std::string("libcurl: ") + ::curl_multi_strerror(code));
  slot.is_busy = true;
  return {};
}

void CurlClient::run(const std::function<void(std::uint64_t, HttpReply&&)>& take) {
  constexpr int kEvents = 16;
  std::array<epoll_event, kEvents> events{};
  int got = kEvents;
  while (got == kEvents) {
    got = ::epoll_wait(epoll_.get(), events.data(), kEvents, 0);
    for (int i = 0; i < got; ++i) act_on(events[static_cast<std::size_t>(i)]);
  }
  take_ended(take);
}

void CurlClient::act_on(const epoll_event& event) {
  int running = 0;
  if (event.data.fd == timer_.get()) {
    std::uint64_t expirations = 0;
    if (::read(timer_.get(), &expirations, sizeof expirations) < 0) return;
    ::curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
    return;
  }
  int what = 0;
  if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
  if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
  if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
  ::curl_multi_socket_action(multi_.get(), event.data.fd, what, &running);
}

}  // namespace

Result<std::unique_ptr<HttpClient>> open_curl_client(const std::string& url, const RemoteOptions& options) {
  auto client = std::make_unique<CurlClient>(url, options);
  PROCTREE_CHECK(client->open());
  return std::unique_ptr<HttpClient>(std::move(client));
}

}  // namespace proctree
