#pragma once

#include "lib/base/result.hpp"
#include "lib/codec/exposure_rows.hpp"
#include "lib/codec/report_rows.hpp"
#include "lib/crypto/match_key.hpp"
#include "lib/domain/derive.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cw::cli {

/// A file that was read, so that a figure can name what it rests on.
struct InputFile {
  std::string path;
  std::string sha256;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
};

struct RefusedRow {
  std::string path;
  codec::RowError error;
};

/// What is known of each card, from files, with the checks that intake makes. Card numbers become
/// references as they are read. THREAD: not safe.
class ReplayInputs {
 public:
  /// Refused rows kept with their reason; further ones are only counted.
  static constexpr std::size_t kRefusedKept = 1000;
  using Progress = std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)>;

  /// `control` must outlive this and hold `incident`.
  ReplayInputs(const Control& control, IncidentId incident, crypto::MatchKey key);

  /// Called while a file is read.
  void on_progress(Progress progress) { progress_ = std::move(progress); }

  /// Reads a CSV of an exposed file. Fails with kUnknownFile (the incident does not declare it),
  /// kFileRead, or as codec::ExposureRows does; what was read before then stays.
  [[nodiscard]] Status add_exposures(const FileName& file,
                                     const std::string& path,
                                     Instant received_at);
  /// Reads reports: JSON if the name ends in .json, else CSV. A report without received_at counts
  /// as received when it was reported.
  [[nodiscard]] Status add_reports(const std::string& path);

  [[nodiscard]] const std::vector<InputFile>& files() const noexcept { return files_; }
  [[nodiscard]] const std::vector<RefusedRow>& refused() const noexcept { return refused_; }
  [[nodiscard]] std::uint64_t refused_count() const noexcept { return refused_count_; }
  [[nodiscard]] std::size_t cards() const noexcept { return cards_.size(); }

  /// Derives each card and forgets its inputs.
  void derive_each(const std::function<void(CardResult)>& take);

 private:
  [[nodiscard]] Status read(const std::string& path,
                            const std::function<Status(std::string_view)>& chunk);
  void accept(const codec::ExposureRow& row, const FileName& file, Instant received_at);
  void accept(const codec::ReportInput& input);
  [[nodiscard]] Status read_csv_reports(const std::string& path);
  [[nodiscard]] Status read_json_reports(const std::string& path);
  void take(codec::ReportItem item);
  template <class Input>
  void add(Input input, std::uint64_t line);
  void refuse(codec::RowError error);

  const Control& control_;
  IncidentId incident_;
  crypto::MatchKey key_;
  codec::ReportLimits limits_;
  std::unordered_map<CardRef, CardInputs> cards_;
  std::vector<InputFile> files_;
  std::vector<RefusedRow> refused_;
  std::uint64_t refused_count_ = 0;
  Progress progress_;
};

}  // namespace cw::cli
