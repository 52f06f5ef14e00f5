#pragma once

#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "lib/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cw::cli {

/// Where a command speaks: data to stdout, talk to stderr. One per run of the program.
class Terminal {
 public:
  Terminal();

  OutputFormat format = OutputFormat::kTable;
  ExitCode exit_code = ExitCode::kOk;

  /// True if stderr is a terminal: then long work shows its progress.
  [[nodiscard]] bool interactive() const noexcept { return interactive_; }

  /// Data, as it stands.
  void print(std::string_view text);
  /// The table for people or as CSV, or `json` when that is asked for.
  void print(const Table& table, std::string_view json);
  /// One line of talk.
  void say(std::string_view text);
  /// `error: CODE: detail` and, if there is one, `hint: ...`; sets the exit code.
  void fail(const Error& error);
  void fail(std::string_view code, std::string_view detail, std::string_view hint, ExitCode exit);

  /// A line that the next call replaces; nothing unless interactive. An empty one clears it.
  void progress(std::string_view text);

 private:
  bool interactive_ = false;
  bool color_ = false;
  bool progress_shown_ = false;
};

/// "[#########.........]  45 %  12.3 of 27.0 MB".
[[nodiscard]] std::string progress_bar(std::uint64_t done, std::uint64_t total);

}  // namespace cw::cli
