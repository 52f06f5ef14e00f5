#include "issuer/journal.hpp"

#include "issuer/journal_record.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cw::issuer {
namespace {

constexpr std::uint64_t kBytesMax = 1U << 20U;

class JournalTest : public testing::Test {
 protected:
  [[nodiscard]] Result<Journal> open(std::uint64_t bytes_max = kBytesMax) {
    seen_.clear();
    return Journal::open({.path = path_, .bytes_max = bytes_max},
                         [this](const JournalRecord& record) -> Status {
                           seen_.push_back(std::string(record.id) + "=" + std::string(record.body));
                           return Ok{};
                         });
  }
  static Status append(Journal& journal, std::string_view id, std::string_view body) {
    return journal.append({.id = id, .received_at = Instant{}, .body = body});
  }
  /// Writes records "1=one", "2=two" and closes.
  void write_two() {
    auto journal = open();
    ASSERT_TRUE(journal);
    ASSERT_TRUE(append(journal.value(), "1", "one"));
    ASSERT_TRUE(append(journal.value(), "2", "two"));
  }
  void write_raw(const std::string& content) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
  }
  [[nodiscard]] std::string content() const { return test::read_file(path_); }

  test::TempDir dir_;
  std::string path_ = (dir_ / "card-a.journal").string();
  std::vector<std::string> seen_;
};

TEST_F(JournalTest, GivesBackWhatWasAppended) {
  write_two();

  const auto again = open();

  ASSERT_TRUE(again);
  EXPECT_EQ(seen_, (std::vector<std::string>{"1=one", "2=two"}));
  EXPECT_EQ(again.value().records(), 2U);
  EXPECT_EQ(again.value().cut_bytes(), 0U);
}

TEST_F(JournalTest, KeepsBodiesVerbatimWhateverTheyHold) {
  const std::string body("a\n\0\xff|b", 7);
  {
    auto journal = open();
    ASSERT_TRUE(append(journal.value(), "x", body));
  }
  ASSERT_TRUE(open());
  EXPECT_EQ(seen_.at(0), "x=" + body);
}

// Goal: a process killed at any byte of a write loses nothing that was acknowledged and starts
// again. Method: cut the file at every length after the first record.
TEST_F(JournalTest, HalfWrittenEndIsCutOffWhereverTheWriteStopped) {
  write_two();
  const std::string whole = content();
  const std::size_t first_end =
      8 + encode_record({.id = "1", .received_at = Instant{}, .body = "one"}).size();
  for (std::size_t size = first_end; size < whole.size(); ++size) {
    write_raw(whole.substr(0, size));
    {
      auto journal = open();
      ASSERT_TRUE(journal) << size;
      EXPECT_EQ(seen_, std::vector<std::string>{"1=one"}) << size;
      EXPECT_EQ(journal.value().cut_bytes(), size - first_end);
      ASSERT_TRUE(append(journal.value(), "3", "three"));
    }
    ASSERT_TRUE(open());
    EXPECT_EQ(seen_, (std::vector<std::string>{"1=one", "3=three"})) << size;
  }
}

TEST_F(JournalTest, EndThatWasNeverFilledIsCutOff) {
  write_two();
  const std::string whole = content();
  write_raw(whole + std::string(5000, '\0'));

  const auto journal = open();

  ASSERT_TRUE(journal);
  EXPECT_EQ(seen_.size(), 2U);
  EXPECT_EQ(journal.value().cut_bytes(), 5000U);
  EXPECT_EQ(content(), whole);
}

TEST_F(JournalTest, FileCutWithinItsFirstBytesStartsAnew) {
  write_two();
  write_raw(content().substr(0, 3));

  ASSERT_TRUE(open());
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(content().size(), 8U);
}

// Goal: damage is not mistaken for a half written end, for then acknowledged batches would be
// thrown away in silence. Method: flip every byte of the first record in turn.
TEST_F(JournalTest, DamageBeforeTheEndIsRefusedAndNothingIsCut) {
  write_two();
  const std::string whole = content();
  const std::size_t first_end =
      8 + encode_record({.id = "1", .received_at = Instant{}, .body = "one"}).size();
  for (std::size_t at = 0; at < first_end; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    write_raw(damaged);

    const auto journal = open();

    ASSERT_FALSE(journal) << "byte " << at;
    EXPECT_EQ(journal.error().code, Errc::kFileRead);
    EXPECT_EQ(content(), damaged) << "byte " << at;
  }
}

TEST_F(JournalTest, SecondProcessIsRefused) {
  const auto first = open();
  ASSERT_TRUE(first);

  const auto second = open();

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kUnavailable);
}

TEST_F(JournalTest, FullJournalRefusesAndStaysAsItWas) {
  auto journal = open(100);
  ASSERT_TRUE(append(journal.value(), "1", "one"));
  const std::string before = content();

  const auto refused = append(journal.value(), "2", std::string(100, 'x'));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kLimitReached);
  EXPECT_EQ(content(), before);
}

TEST_F(JournalTest, IdThatCannotBeStoredIsRefused) {
  auto journal = open();
  EXPECT_EQ(append(journal.value(), "a\nb", "x").error().code, Errc::kBadRequest);
  EXPECT_EQ(append(journal.value(), std::string(Journal::kIdBytesMax + 1, 'a'), "x").error().code,
            Errc::kLimitReached);
}

TEST_F(JournalTest, ReplaysErrorEndsOpenAndNamesTheRecord) {
  write_two();
  const auto journal = Journal::open({.path = path_, .bytes_max = kBytesMax},
                                     [](const JournalRecord& record) -> Status {
                                       if (record.id == "1") return Ok{};
                                       return Error{Errc::kDecryptFailed, "no key"};
                                     });
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, Errc::kDecryptFailed);
  EXPECT_NE(journal.error().detail.find("byte"), std::string::npos);
}

TEST_F(JournalTest, FolderThatIsNotThereIsNamed) {
  path_ = (dir_ / "missing/card-a.journal").string();
  const auto journal = open();
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, Errc::kFileWrite);
  EXPECT_NE(journal.error().detail.find(path_), std::string::npos);
}

// Goal: what was acknowledged survives kill -9 in the middle of writing. Method: a child appends
// and acknowledges through a pipe until it is killed; the journal holds at least what it told.
TEST_F(JournalTest, KilledWriterLosesNothingThatItAcknowledged) {
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto journal = open();
    const std::string body(20'000, 'b');
    for (std::uint32_t number = 1; journal; ++number) {
      if (!append(journal.value(), std::to_string(number), body)) break;
      if (::write(ends[1], &number, sizeof number) != sizeof number) break;
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  std::uint32_t acknowledged = 0;
  while (acknowledged < 5 && ::read(ends[0], &acknowledged, sizeof acknowledged) > 0) {
  }
  ::kill(child, SIGKILL);
  while (::read(ends[0], &acknowledged, sizeof acknowledged) > 0) {
  }
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);

  const auto journal = open();

  ASSERT_TRUE(journal) << journal.error().detail;
  EXPECT_GE(acknowledged, 5U);
  EXPECT_GE(journal.value().records(), acknowledged);
  EXPECT_LE(journal.value().records(), acknowledged + 1);
}

}  // namespace
}  // namespace cw::issuer
