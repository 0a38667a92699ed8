#include "adapters/webhook/curl_transport.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/support/fake_clock.h"
#include "tests/support/http_receiver.h"
#include "tests/support/test_certificates.h"

namespace latchkey {
namespace {

using Meaning = Answer::Meaning;
using Manner = ReceiverReply::Manner;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class CurlTransportTest : public testing::Test {
 protected:
  static CurlTransportSettings Loopback() {
    return {.guard = *AddressGuard::Create("127.0.0.0/8"), .plain_http = PlainHttp::kAllowed};
  }
  Answer Post(const std::string& url, const CurlTransportSettings& settings = Loopback(),
              MessageFormat format = MessageFormat::kWebhook) {
    CurlTransport transport(settings, clock_);
    transport.Send(1, {.url = url, .format = format, .headers = {{"webhook-id", "n1"}}, .body = "{}"});
    for (const auto end = steady_clock::now() + seconds(10); steady_clock::now() < end;) {
      const auto arrivals = transport.Poll(seconds(1));
      if (!arrivals.empty()) return arrivals.front().answer;
    }
    return {.why = "no answer in ten seconds"};
  }
  Answer PostTo(const ReceiverReply& reply, MessageFormat format = MessageFormat::kWebhook,
                const CurlTransportSettings& settings = Loopback()) {
    HttpReceiver receiver([&reply](const ReceivedRequest&) { return reply; });
    return Post(receiver.url(), settings, format);
  }

  FakeClock clock_;
};

TEST_F(CurlTransportTest, PostsTheBodyWithItsHeaders) {
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; });
  EXPECT_EQ(Post(receiver.url()).meaning, Meaning::kDelivered);
  const auto requests = receiver.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].target, "/hook");
  EXPECT_EQ(requests[0].body, "{}");
  EXPECT_EQ(requests[0].headers.at("webhook-id"), "n1");
  EXPECT_FALSE(requests[0].headers.contains("expect"));
}

TEST_F(CurlTransportTest, TriesAgainLaterWhatWentWrong) {
  const Answer trouble = PostTo({.status = 503, .headers = "Retry-After: 7\r\n"});
  EXPECT_EQ(trouble.meaning, Meaning::kAgain);
  EXPECT_EQ(trouble.retry_after, seconds(7));
  EXPECT_EQ(PostTo({.manner = Manner::kCloseAtOnce}).meaning, Meaning::kAgain);
  EXPECT_EQ(PostTo({.status = 200, .body = "a long body", .manner = Manner::kCloseMidReply}).meaning,
            Meaning::kAgain);
  EXPECT_EQ(PostTo({.status = 410}).meaning, Meaning::kGone);
  EXPECT_EQ(PostTo({.status = 400}).meaning, Meaning::kRejected);
}

TEST_F(CurlTransportTest, WaitsOnlySoLongForATargetThatHangs) {
  CurlTransportSettings settings = Loopback();
  settings.timeout = milliseconds(150);
  const auto start = steady_clock::now();
  const Answer answer = PostTo({.manner = Manner::kHang}, MessageFormat::kWebhook, settings);
  EXPECT_EQ(answer.meaning, Meaning::kAgain);
  EXPECT_FALSE(answer.reached);
  EXPECT_LT(steady_clock::now() - start, seconds(5));
}

TEST_F(CurlTransportTest, ATargetThatHangsHoldsUpNoOther) {
  HttpReceiver hanging([](const ReceivedRequest&) { return ReceiverReply{.manner = Manner::kHang}; });
  HttpReceiver quick([](const ReceivedRequest&) { return ReceiverReply{}; });
  CurlTransport transport(Loopback(), clock_);
  transport.Send(1, {.url = hanging.url()});
  transport.Send(2, {.url = quick.url()});
  const auto arrivals = transport.Poll(seconds(5));
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].position, 2U);
}

TEST_F(CurlTransportTest, FollowsNoRedirect) {
  HttpReceiver other([](const ReceivedRequest&) { return ReceiverReply{}; });
  const Answer answer = PostTo({.status = 307, .headers = absl::StrCat("Location: ", other.url(), "\r\n")});
  EXPECT_EQ(answer.meaning, Meaning::kAgain);
  EXPECT_EQ(answer.why, "HTTP 307: redirects are not followed");
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(CurlTransportTest, ReadsABoundedPartOfTheAnswer) {
  EXPECT_EQ(PostTo({.status = 200, .body = std::string(10 << 20, 'x')}).meaning, Meaning::kDelivered);
  EXPECT_EQ(PostTo({.status = 500, .body = std::string(10 << 20, 'x')}).meaning, Meaning::kAgain);
  std::string headers;
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&headers, "X-Long-", i, ": ", std::string(100, 'y'), "\r\n");
  EXPECT_EQ(PostTo({.status = 200, .headers = headers}).meaning, Meaning::kAgain);
}

TEST_F(CurlTransportTest, ReadsThePushErrorOfASecurityEventAndNothingElse) {
  const auto push = [this](const std::string& body) {
    return PostTo({.status = 400, .body = body}, MessageFormat::kSecurityEvent);
  };
  EXPECT_EQ(push(R"({"err":"invalid_audience","description":"\u001b[2J"})").why, "HTTP 400 invalid_audience");
  for (const char* body : {"", "[]", "{", R"({"err":7})", R"({"err":"<b>"})"})
    EXPECT_EQ(push(body).why, "HTTP 400") << body;
  EXPECT_EQ(PostTo({.status = 202}, MessageFormat::kSecurityEvent).meaning, Meaning::kDelivered);
}

TEST_F(CurlTransportTest, ConnectsToNoPrivateAddressWhateverItIsCalled) {
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; });
  CurlTransportSettings strict = Loopback();
  strict.guard = *AddressGuard::Create("");
  const int port = receiver.port();
  for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost"), std::string("[::1]"),
                                  std::string("[::ffff:127.0.0.1]"), std::string("0.0.0.0"),
                                  std::string("2130706433"), std::string("0x7f.1")}) {
    const Answer answer = Post(absl::StrCat("http://", host, ":", port, "/"), strict);
    EXPECT_EQ(answer.meaning, Meaning::kAgain) << host;
    EXPECT_EQ(answer.why, "its address is private, and not in delivery.private_networks") << host;
  }
  EXPECT_TRUE(receiver.requests().empty());
  EXPECT_EQ(Post("http://169.254.169.254/latest/meta-data/", strict).why,
            "its address is private, and not in delivery.private_networks");
}

TEST_F(CurlTransportTest, SpeaksNothingButHttpAndPlainHttpOnlyWhenAllowed) {
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; });
  CurlTransportSettings strict = Loopback();
  strict.plain_http = PlainHttp::kRefused;
  EXPECT_EQ(Post(receiver.url(), strict).meaning, Meaning::kAgain);
  EXPECT_EQ(Post("file:///etc/hostname").meaning, Meaning::kAgain);
  EXPECT_TRUE(receiver.requests().empty());
}

TEST_F(CurlTransportTest, UsesNoProxyOfTheEnvironment) {
  HttpReceiver proxy([](const ReceivedRequest&) { return ReceiverReply{}; });
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; });
  setenv("http_proxy", absl::StrCat("http://127.0.0.1:", proxy.port()).c_str(), 1);
  EXPECT_EQ(Post(receiver.url()).meaning, Meaning::kDelivered);
  unsetenv("http_proxy");
  EXPECT_TRUE(proxy.requests().empty());
  EXPECT_EQ(receiver.requests().size(), 1U);
}

TEST_F(CurlTransportTest, VerifiesCertificateAndName) {
  const TestCertificates ours;
  const TestCertificates others;
  const TestCertificates elsewhere("elsewhere.example");
  HttpReceiver receiver([](const ReceivedRequest&) { return ReceiverReply{}; },
                        {.certificate = ours.cert_file(), .private_key = ours.key_file()});
  CurlTransportSettings settings = Loopback();
  settings.plain_http = PlainHttp::kRefused;
  settings.ca_file = ours.ca_file();
  EXPECT_EQ(Post(receiver.url(), settings).meaning, Meaning::kDelivered);
  EXPECT_EQ(Post(absl::StrCat("https://localhost:", receiver.port(), "/"), settings).meaning,
            Meaning::kDelivered);
  settings.ca_file = others.ca_file();
  EXPECT_EQ(Post(receiver.url(), settings).meaning, Meaning::kAgain);
  HttpReceiver misnamed([](const ReceivedRequest&) { return ReceiverReply{}; },
                        {.certificate = elsewhere.cert_file(), .private_key = elsewhere.key_file()});
  settings.ca_file = elsewhere.ca_file();
  EXPECT_EQ(Post(absl::StrCat("https://localhost:", misnamed.port(), "/"), settings).meaning,
            Meaning::kAgain);
  EXPECT_EQ(receiver.requests().size(), 2U);
  EXPECT_TRUE(misnamed.requests().empty());
}

TEST_F(CurlTransportTest, WakesFromAnotherThread) {
  CurlTransport transport(Loopback(), clock_);
  std::thread other([&transport] { transport.Wake(); });
  const auto start = steady_clock::now();
  EXPECT_TRUE(transport.Poll(seconds(30)).empty());
  EXPECT_LT(steady_clock::now() - start, seconds(20));
  other.join();
}

}  // namespace
}  // namespace latchkey
