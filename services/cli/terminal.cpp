#include "cli/terminal.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace cw::cli {

Terminal::Terminal()
    : interactive_(isatty(STDERR_FILENO) == 1),
      color_(interactive_ && std::getenv("NO_COLOR") == nullptr) {}

void Terminal::print(std::string_view text) {
  progress("");
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void Terminal::print(const Table& table, std::string_view json) {
  switch (format) {
    case OutputFormat::kTable:
      return print(table.aligned());
    case OutputFormat::kCsv:
      return print(table.csv());
    case OutputFormat::kJson:
      return print(std::string(json) + "\n");
  }
}

void Terminal::say(std::string_view text) {
  progress("");
  fmt::print(stderr, "{}\n", text);
}

void Terminal::fail(const Error& error) {
  fail(name(error.code), error.detail, remedy(error.code), cli::exit_code(error.code));
}

void Terminal::fail(std::string_view code,
                    std::string_view detail,
                    std::string_view hint,
                    ExitCode exit) {
  const std::string_view start = color_ ? "\x1b[31merror:\x1b[0m" : "error:";
  say(fmt::format("{} {}: {}", start, code, detail));
  if (!hint.empty()) say(fmt::format("hint: {}", hint));
  exit_code = exit;
}

void Terminal::progress(std::string_view text) {
  if (!interactive_ || (text.empty() && !progress_shown_)) return;
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
  progress_shown_ = !text.empty();
}

std::string progress_bar(std::uint64_t done, std::uint64_t total) {
  constexpr std::uint64_t kWidth = 30;
  constexpr double kMega = 1e6;
  const auto part = total == 0 ? kWidth : done * kWidth / total;
  std::string bar(part, '#');
  bar.append(kWidth - part, '.');
  const auto percent = total == 0 ? 100 : done * 100 / total;
  return fmt::format("[{}] {:3} %  {:.1f} of {:.1f} MB",
                     bar,
                     percent,
                     static_cast<double>(done) / kMega,
                     static_cast<double>(total) / kMega);
}

}  // namespace cw::cli
