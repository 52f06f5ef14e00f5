#include "desk/control_writer.hpp"

#include "desk_samples.hpp"
#include "lib/http/blocking.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cw::desk {
namespace {

using namespace test;
using std::chrono::milliseconds;

/// Keeps what is written and shows it to the view, as the broker and the tail reader would.
class FakeSink final : public ControlSink {
 public:
  explicit FakeSink(ControlView* view) : view_(view) {}

  Status write(const ControlRecord& record) override {
    if (failure) return *failure;
    written.push_back(record);
    if (view_ != nullptr) view_->apply({record}, static_cast<std::int64_t>(written.size()));
    return Ok{};
  }

  std::vector<ControlRecord> written;
  std::optional<Error> failure;

 private:
  ControlView* view_;
};

ControlWriter::Rule put_version(std::uint32_t version) {
  return [version](const Control& control) {
    auto request = incident_request();
    request.incident.version = version;
    return put_incident(control, request, desk_a());
  };
}

TEST(ControlWriter, WritesWhatTheRuleDecides) {
  ControlView view;
  FakeSink sink{&view};
  ControlWriter writer{sink, view, {}};
  EXPECT_EQ(writer.apply(put_version(1)).value().change, Change::kCreated);
  EXPECT_EQ(sink.written.size(), 1U);
  EXPECT_EQ(view.snapshot()->incident(kLeak)->version, 1U);
}

TEST(ControlWriter, WritesNothingWhenNothingChangesOrTheRuleRefuses) {
  ControlView view;
  FakeSink sink{&view};
  ControlWriter writer{sink, view, {}};
  ASSERT_TRUE(writer.apply(put_version(1)).has_value());
  EXPECT_EQ(writer.apply(put_version(1)).value().change, Change::kUnchanged);
  EXPECT_EQ(writer.apply(put_version(9)).error().code, Errc::kIncidentExists);
  EXPECT_EQ(sink.written.size(), 1U);
}

TEST(ControlWriter, AFailedCommitIsTheAnswer) {
  ControlView view;
  FakeSink sink{&view};
  sink.failure = Error{Errc::kBrokerUnavailable, "no broker"};
  ControlWriter writer{sink, view, {}};
  EXPECT_EQ(writer.apply(put_version(1)).error().code, Errc::kBrokerUnavailable);
}

TEST(ControlWriter, AnswersOnlyWhatTheViewShows) {
  ControlView view;
  FakeSink sink{nullptr};
  ControlWriter writer{sink, view, {.seen_wait = milliseconds{20}}};
  EXPECT_EQ(writer.apply(put_version(1)).error().code, Errc::kUnavailable)
      << "committed, but not read back";

  ControlWriter patient{sink, view, {.seen_wait = std::chrono::seconds{20}}};
  std::thread reader{[&] {
    auto record = incident();
    view.apply({record}, 1);
  }};
  EXPECT_TRUE(patient.apply(put_version(1)).has_value());
  reader.join();
}

TEST(ControlWriter, TakesChangesOneAfterTheOther) {
  ControlView view;
  FakeSink sink{&view};
  ControlWriter writer{sink, view, {}};
  boost::asio::io_context io;
  const auto first = put_version(1);
  const auto second = put_version(2);
  EXPECT_EQ(http::run_blocking(io, writer.submit(first)).value().change, Change::kCreated);
  EXPECT_EQ(http::run_blocking(io, writer.submit(second)).value().number, 2U);
}

TEST(ControlWriter, RefusesMoreThanMayWait) {
  ControlView view;
  FakeSink sink{&view};
  ControlWriter writer{sink, view, {.waiting_max = 0}};
  boost::asio::io_context io;
  EXPECT_EQ(http::run_blocking(io, writer.submit(put_version(1))).error().code, Errc::kUnavailable);
}

TEST(ControlView, KnowsEachKindOfRecord) {
  auto proposed = scope(1, channel_is("internet"), "2009-07-23T00:00:00Z");
  proposed.state = ScopeState::kProposed;
  auto approved = proposed;
  approved.state = ScopeState::kApproved;
  FileLoad load;
  load.key = "fk-1";
  for (const ControlRecord& record : std::vector<ControlRecord>{
           incident(), issuer("jcb-a", {"3569"}), proposed, approved, load}) {
    EXPECT_FALSE(holds(Control{}, record));
    EXPECT_TRUE(holds(control({record}), record));
  }
  EXPECT_FALSE(holds(control({proposed}), approved));
}

}  // namespace
}  // namespace cw::desk
