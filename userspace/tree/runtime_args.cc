// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/runtime_args.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "tree/argument_words.hpp"
#include "tree/script.hpp"

namespace proctree {

namespace {

// Options by their words, separated by blanks. The name of a machine is its id as well.
struct Runtime {
  std::string_view file;
  std::string_view id = {};
  std::string_view name = {};
  std::string_view image = {};
  std::string_view values = {};  // others whose value may look like an option
  std::string_view verbs = {};   // the image is the first operand behind one of these,
  std::string_view flags = {};   // where what is an option but none of these has a value;
  std::string_view folder = {};  // with this one the operand is a root's folder, and there is no image
};

constexpr std::array kRuntimes = {
    Runtime{.file = "conmon", .id = "-c --cid", .name = "-n --name", .values = "--exit-command-arg"},
    Runtime{.file = "podman",
            .name = "--name",
            .verbs = "run create",
            .flags =
                "-d --detach -i --interactive -t --tty -P --publish-all --rm --rmi --replace --privileged "
                "--init --read-only --read-only-tmpfs --no-healthcheck --no-hosts --no-hostname -q --quiet "
                "--oom-kill-disable --tls-verify --env-host --http-proxy --sig-proxy --passwd "
                "--disable-content-trust",
            .folder = "--rootfs"},
    Runtime{.file = "lxc-start", .id = "-n --name", .name = "-n --name"},
    Runtime{.file = "systemd-nspawn", .id = "-M --machine", .name = "-M --machine", .image = "--image"},
};

// "--name=web", "--name" "web", "-nweb" and "-n" "web". `value`: none stands in the word itself.
struct RuntimeOption {
  std::string_view name;
  std::optional<std::string_view> value;
};
RuntimeOption runtime_option(std::string_view word, const Runtime& runtime) {
  const std::size_t equals = word.find('=');
  if (equals != std::string_view::npos) return {word.substr(0, equals), word.substr(equals + 1)};
  const std::string_view letter = word.substr(0, 2);
  const auto takes_value = [&](std::string_view list) { return has_word(list, letter); };
  if (!word.starts_with("--") && word.size() > 2 &&
      (takes_value(runtime.id) || takes_value(runtime.name) || takes_value(runtime.image)))
    return {letter, word.substr(2)};
  return {word, std::nullopt};
}

// A cluster of letters such as -dit, none of which has a value.
bool is_flag(std::string_view word, std::string_view flags) {
  if (word.starts_with("--")) return has_word(flags, word);
  return std::ranges::all_of(word.substr(1), [flags](char c) {
    const std::array letter = {'-', c};
    return has_word(flags, {letter.data(), letter.size()});
  });
}

void read_options(Invocation& invocation, const Runtime& runtime, ArgumentWords words) {
  bool behind_verb = false, has_image = true;
  while (const auto word = words.next()) {
    if (word->size() < 2 || word->front() != '-') {
      if (runtime.verbs.empty()) continue;  // the value of an option
      if (behind_verb) {
        if (has_image) invocation.container_image = *word;
        return;
      }
      behind_verb = has_word(runtime.verbs, *word);
      continue;
    }
    if (*word == "--") {
      if (runtime.verbs.empty()) return;
      continue;
    }
    RuntimeOption option = runtime_option(*word, runtime);
    const auto is = [&option](std::string_view list) { return has_word(list, option.name); };
    if (is(runtime.folder)) {
      has_image = false;
      continue;
    }
    const bool known = is(runtime.id) || is(runtime.name) || is(runtime.image);
    const bool has_value = known || is(runtime.values) || (behind_verb && !is_flag(*word, runtime.flags));
    if (has_value && !option.value) option.value = words.next();
    if (!known || !option.value) continue;
    if (is(runtime.id)) invocation.container_id = *option.value;
    if (is(runtime.name)) invocation.container_name = *option.value;
    if (is(runtime.image)) invocation.container_image = *option.value;
  }
}

const Runtime* find_runtime(std::string_view exe) {
  const auto* const runtime = std::ranges::find(kRuntimes, base_name(exe), &Runtime::file);
  return runtime == kRuntimes.end() ? nullptr : runtime;
}

}  // namespace

bool may_name_container(std::string_view exe) { return find_runtime(exe) != nullptr; }

void name_container(Invocation& invocation, std::string_view exe, std::string_view args) {
  const Runtime* runtime = find_runtime(exe);
  if (runtime == nullptr) return;
  ArgumentWords words(args);
  words.next();
  read_options(invocation, *runtime, words);
}

}  // namespace proctree
