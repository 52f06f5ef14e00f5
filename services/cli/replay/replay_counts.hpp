#pragma once

#include "cli/replay/replay_inputs.hpp"
#include "lib/base/result.hpp"
#include "lib/domain/counts.hpp"

#include <string>
#include <vector>

namespace cw::cli {

/// The options of `replay counts` as they were typed; empty: the default.
struct CountTexts {
  std::string since;
  std::string as_of;
  std::string known_at;
  std::string unit;
  std::string by;
  std::string outcome;
  std::string attributable;
};

/// Fails with kBadRequest, naming the option and what it takes.
[[nodiscard]] Result<CountQuery> count_query(const CountTexts& texts, const Incident& incident);

/// The answer as the desk's counts route writes it, with the input files in the place of offsets.
[[nodiscard]] std::string count_document(const FactBook& facts,
                                         const CountQuery& query,
                                         const Control& control,
                                         const std::vector<InputFile>& files);

}  // namespace cw::cli
