#include "lib/base/hex.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/quarantine_codec.hpp"
#include "lib/crypto/key_vault.hpp"
#include "lib/crypto/seal.hpp"
#include "lib/crypto/sha256.hpp"
#include "unit/intake/workbench.hpp"

#include <utility>

namespace cw::intake {
namespace {

using Event = FakePublisher::Event;
using State = ExposureAnswer::State;

class ExposureIntakeTest : public Workbench {
 protected:
  static std::string row(unsigned card, const std::string& rest = "2010-03,internet") {
    return test::test_pan(card) + "," + rest + "\n";
  }
  static std::string file_of(unsigned rows) {
    std::string csv = "pan,expiry,channel\n";
    for (unsigned i = 0; i < rows; ++i) csv += row(i);
    return csv;
  }
  [[nodiscard]] Errc refusal(const std::string& csv) { return load(csv).error().code; }
  [[nodiscard]] std::vector<ExposureRecord> exposures() const {
    std::vector<ExposureRecord> records;
    for (const auto& message : publisher_.messages(OutTopic::kExposures)) {
      records.push_back(codec::decode_exposure(message.value).value());
    }
    return records;
  }
};

TEST_F(ExposureIntakeTest, RowsBecomeReferencesAndSealsThatOnlyTheVaultOpens) {
  const auto answer = load(file_of(3));
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(answer.value().rows.accepted(), 3U);

  const auto records = exposures();
  ASSERT_EQ(records.size(), 3U);
  const auto key = crypto::VaultPrivateKey{vault_key_}.unwrap(publisher_.loads()[0].wrapped_key);
  ASSERT_TRUE(key.has_value());
  for (unsigned i = 0; i < 3; ++i) {
    const ExposureRecord& record = records[i];
    const Pan pan = Pan::parse(test::test_pan(i)).value();
    EXPECT_EQ(record.card, match_key_.reference(pan));
    EXPECT_EQ(record.record, i + 1);
    EXPECT_EQ(record.iin, pan.iin());
    EXPECT_EQ(record.file_key, key.value().id());
    EXPECT_EQ(record.match_key, match_key_.id());
    EXPECT_EQ(record.received_at, kReceivedAt);
    EXPECT_FALSE(record.imported);
    const auto opened = crypto::open(key.value(), record.sealed_pan, record.card);
    ASSERT_TRUE(opened.has_value());
    EXPECT_TRUE(opened.value().reveal() == pan.reveal());
    EXPECT_EQ(publisher_.messages(OutTopic::kExposures)[i].key, record.card.hex());
  }
}

TEST_F(ExposureIntakeTest, TheLoadIsOpenedBeforeAndLoadedAfterAllWereAcknowledged) {
  const std::string csv = file_of(2);
  const auto answer = load(csv);
  ASSERT_TRUE(answer.has_value());
  ASSERT_EQ(publisher_.events.size(), 5U);
  EXPECT_EQ(publisher_.events[0].load.state, FileLoadState::kOpened);
  EXPECT_EQ(publisher_.events[1].kind, Event::Kind::kMessage);
  EXPECT_EQ(publisher_.events[2].kind, Event::Kind::kMessage);
  EXPECT_EQ(publisher_.events[3].kind, Event::Kind::kAcknowledged);
  const FileLoad& loaded = publisher_.events[4].load;
  EXPECT_EQ(loaded.state, FileLoadState::kLoaded);
  EXPECT_EQ(loaded.records, 2U);
  EXPECT_EQ(loaded.refused, 0U);
  EXPECT_EQ(loaded.sha256, crypto::sha256_hex(csv));
  EXPECT_EQ(loaded.by.get(), "desk-a");
  EXPECT_EQ(loaded.key, publisher_.events[0].load.key);
  EXPECT_EQ(answer.value().upload, loaded.key);
  EXPECT_EQ(answer.value().sha256, loaded.sha256);
}

TEST_F(ExposureIntakeTest, NoCardNumberLeaves) {
  ASSERT_TRUE(load(file_of(20) + row(21, "1999-99,x") + test::with_bad_luhn(test::test_pan(22)) +
                   ",2010-03,internet\n")
                  .has_value());
  const std::string all = publisher_.everything();
  for (unsigned i = 0; i < 23; ++i) {
    EXPECT_EQ(all.find(test::test_pan(i)), std::string::npos);
    EXPECT_EQ(all.find(test::with_bad_luhn(test::test_pan(i))), std::string::npos);
  }
}

TEST_F(ExposureIntakeTest, ABadRowStopsNoGoodOneAndGoesToQuarantine) {
  const auto answer =
      load("pan,expiry,channel\n" + row(1) + test::with_bad_luhn(test::test_pan(2)) +
           ",2010-03,internet\n" + row(3, "2010-13,internet") + row(4));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer.value().state, State::kLoaded);
  EXPECT_EQ(answer.value().rows.accepted(), 2U);
  EXPECT_EQ(answer.value().rows.refused(), 2U);
  const auto& errors = answer.value().rows.errors();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].line, 3U);
  EXPECT_EQ(errors[0].column, "pan");
  EXPECT_EQ(errors[0].error.code, Errc::kPanLuhn);
  EXPECT_EQ(errors[1].line, 4U);
  EXPECT_EQ(errors[1].error.code, Errc::kExpiryInvalid);

  const auto quarantined = publisher_.messages(OutTopic::kQuarantine);
  ASSERT_EQ(quarantined.size(), 2U);
  const auto record = codec::decode_quarantine(quarantined[0].value).value();
  EXPECT_EQ(record.source, answer.value().upload);
  EXPECT_EQ(record.line, 3U);
  EXPECT_EQ(record.code, Errc::kPanLuhn);
  // Numbers of rows count refused ones too, so that they point into the file.
  EXPECT_EQ(exposures()[1].record, 4U);
  EXPECT_EQ(publisher_.loads()[1].refused, 2U);
}

TEST_F(ExposureIntakeTest, TheAnswerListsOnlySoManyErrorsAndSaysSo) {
  limits_.errors_max = 2;
  std::string csv = "pan,expiry\n" + test::test_pan(1) + ",2010-03\n";
  for (int i = 0; i < 5; ++i) csv += "1,2010-03\n";
  const auto answer = load(csv);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer.value().rows.refused(), 5U);
  EXPECT_EQ(answer.value().rows.errors().size(), 2U);
  EXPECT_TRUE(answer.value().rows.has_more_errors());
  EXPECT_EQ(publisher_.messages(OutTopic::kQuarantine).size(), 5U) << "quarantine has all";
}

TEST_F(ExposureIntakeTest, TheSameContentAgainChangesNothingAndHasTheSameAnswer) {
  const std::string csv = file_of(3) + row(9, "2010-00,x");
  const auto first = load(csv);
  ASSERT_TRUE(first.has_value());
  const std::size_t events = publisher_.events.size();

  const auto second = load(csv);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second.value().state, State::kAlreadyLoaded);
  EXPECT_EQ(second.value().upload, first.value().upload);
  EXPECT_EQ(second.value().sha256, first.value().sha256);
  EXPECT_EQ(second.value().rows.accepted(), 3U);
  EXPECT_EQ(second.value().rows.errors().size(), 1U);
  EXPECT_EQ(publisher_.events.size(), events);
}

TEST_F(ExposureIntakeTest, OtherContentUnderALoadedNameIsRefused) {
  ASSERT_TRUE(load(file_of(3)).has_value());
  const std::size_t events = publisher_.events.size();
  EXPECT_EQ(refusal(file_of(4)), Errc::kFileContentDiffers);
  EXPECT_EQ(publisher_.events.size(), events);
}

TEST_F(ExposureIntakeTest, AnInterruptedLoadCanBeRepeated) {
  FakeBody broken{file_of(2)};
  broken.failure = Error{Errc::kConnectionLost, "gone"};
  EXPECT_EQ(load(broken).error().code, Errc::kConnectionLost);
  ASSERT_EQ(publisher_.loads().size(), 1U) << "opened, never loaded";

  const auto repeated = load(file_of(3));
  ASSERT_TRUE(repeated.has_value());
  EXPECT_EQ(repeated.value().state, State::kLoaded);
  ASSERT_EQ(publisher_.loads().size(), 3U);
  EXPECT_NE(publisher_.loads()[1].key, publisher_.loads()[0].key) << "under a key of its own";
  EXPECT_EQ(publisher_.loads()[2].state, FileLoadState::kLoaded);
}

TEST_F(ExposureIntakeTest, PiecesMayEndAnywhere) {
  const std::string csv = file_of(5);
  ASSERT_TRUE(load(csv).has_value());
  const auto whole = exposures();
  const std::pair<std::string, std::size_t> cases[] = {
      {"extract-2", 1}, {"extract-3", 7}, {"extract-4", 40}};
  for (const auto& [file, size] : cases) {
    publisher_.events.clear();
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < csv.size(); at += size) pieces.push_back(csv.substr(at, size));
    FakeBody body{pieces};
    const auto answer = load(body, upload_of(file));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer.value().sha256, crypto::sha256_hex(csv));
    const auto records = exposures();
    ASSERT_EQ(records.size(), whole.size());
    for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i].card, whole[i].card);
  }
}

TEST_F(ExposureIntakeTest, WhatIsNotDeclaredIsRefused) {
  FakeBody body{file_of(1)};
  auto upload = upload_of();
  upload.incident = IncidentId{"other"};
  EXPECT_EQ(load(body, upload).error().code, Errc::kUnknownIncident);
  upload = upload_of();
  upload.file = FileName{"other"};
  EXPECT_EQ(load(body, upload).error().code, Errc::kUnknownFile);
  auto closed = test_incident(IncidentState::kClosed);
  closed.version = 2;
  control_.apply({closed});
  EXPECT_EQ(load(body).error().code, Errc::kIncidentClosed);
  EXPECT_TRUE(publisher_.events.empty());
}

TEST_F(ExposureIntakeTest, ABadHeaderRefusesTheFileBeforeAnythingIsToldToKafka) {
  EXPECT_EQ(refusal("pan,expiry,cvv\n" + row(1, "2010-03,123")), Errc::kSensitiveData);
  EXPECT_EQ(refusal("pan,expiry,colour\n" + row(1)), Errc::kUnknownColumn);
  EXPECT_EQ(refusal("pan,channel\n"), Errc::kMissingColumn);
  EXPECT_EQ(refusal("pan,expiry,pan\n"), Errc::kDuplicateColumn);
  EXPECT_EQ(refusal(""), Errc::kMissingColumn);
  EXPECT_TRUE(publisher_.events.empty());
}

TEST_F(ExposureIntakeTest, AFileWithoutRowsIsRefused) {
  EXPECT_EQ(refusal("pan,expiry\n"), Errc::kFieldMissing);
  EXPECT_TRUE(publisher_.events.empty());
}

TEST_F(ExposureIntakeTest, AFileOfRefusedRowsOnlyIsNotLoadedAndCanBeMended) {
  const auto answer = load("pan,expiry\n1,2010-03\n2,2010-03\n");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer.value().state, State::kRefused);
  EXPECT_EQ(answer.value().rows.refused(), 2U);
  EXPECT_TRUE(publisher_.loads().empty());
  EXPECT_EQ(load(file_of(1)).value().state, State::kLoaded);
}

TEST_F(ExposureIntakeTest, KafkaAwayAtTheStartLeavesNothingBehind) {
  publisher_.load_failure = Error{Errc::kBrokerUnavailable, "away"};
  EXPECT_EQ(refusal(file_of(2)), Errc::kBrokerUnavailable);
  EXPECT_TRUE(publisher_.events.empty());
}

TEST_F(ExposureIntakeTest, KafkaAwayInTheMiddleIsAnErrorAndNotAHalfAnswer) {
  publisher_.offer_failure = Error{Errc::kBrokerUnavailable, "away"};
  publisher_.offers_before_failure = 1;
  EXPECT_EQ(refusal(file_of(3)), Errc::kBrokerUnavailable);
  EXPECT_EQ(publisher_.loads().size(), 1U);
}

TEST_F(ExposureIntakeTest, WhatIsNotAcknowledgedIsNotCalledLoaded) {
  publisher_.acknowledge_failure = Error{Errc::kBrokerUnavailable, "timed out"};
  EXPECT_EQ(refusal(file_of(2)), Errc::kBrokerUnavailable);
  ASSERT_EQ(publisher_.loads().size(), 1U);
  publisher_.acknowledge_failure.reset();
  EXPECT_EQ(load(file_of(2)).value().state, State::kLoaded);
}

TEST_F(ExposureIntakeTest, AFullQueueIsWaitedForButNotForEver) {
  publisher_.full_answers = 2;
  EXPECT_TRUE(load(file_of(2)).has_value());

  publisher_.full_answers = 1'000'000;
  FakeBody body{file_of(2)};
  EXPECT_EQ(load(body, upload_of("extract-2")).error().code, Errc::kQueueFull);
}

TEST_F(ExposureIntakeTest, AnImportKeepsItsOwnTimeAndIsMarked) {
  auto upload = upload_of();
  upload.received_at = kEffectiveAt;
  upload.imported = true;
  FakeBody body{file_of(1)};
  ASSERT_TRUE(load(body, upload).has_value());
  EXPECT_EQ(exposures()[0].received_at, kEffectiveAt);
  EXPECT_TRUE(exposures()[0].imported);
  EXPECT_TRUE(publisher_.loads()[1].imported);
}

TEST_F(ExposureIntakeTest, AttributesAndMemberComeWithTheRow) {
  ASSERT_TRUE(
      load("member,pan,product,expiry,channel\nM-1," + test::test_pan(1) + ",cancer,2010-03,\n")
          .has_value());
  const auto record = exposures()[0];
  EXPECT_EQ(record.member, "M-1");
  EXPECT_EQ(record.expiry.text(), "2010-03");
  EXPECT_NE(publisher_.messages(OutTopic::kExposures)[0].value.find(R"("product":"cancer")"),
            std::string::npos);
  EXPECT_EQ(publisher_.messages(OutTopic::kExposures)[0].value.find("channel"), std::string::npos)
      << "an empty field is a missing attribute";
}

TEST_F(ExposureIntakeTest, RowsAreCountedOnceAndBytesAsTheyCome) {
  const std::string csv = file_of(3) + row(9, "2010-00,x");
  ASSERT_TRUE(load(csv).has_value());
  ASSERT_TRUE(load(csv).has_value()) << "the same again is only compared";
  const std::string metrics = metrics_.expose();
  EXPECT_NE(metrics.find(R"(cardwatch_intake_rows_total{kind="exposures",result="accepted"} 3)"),
            std::string::npos);
  EXPECT_NE(
      metrics.find(R"(cardwatch_intake_rows_total{kind="exposures",result="EXPIRY_INVALID"} 1)"),
      std::string::npos);
  EXPECT_NE(metrics.find(R"(cardwatch_intake_bytes_total{kind="exposures"} )" +
                         std::to_string(2 * csv.size())),
            std::string::npos);
}

}  // namespace
}  // namespace cw::intake
