#include "cli/app.hpp"

int main(int argc, char** argv) {
  return cw::cli::run(argc, argv);
}
