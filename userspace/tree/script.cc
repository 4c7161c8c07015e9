// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/script.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "tree/argument_words.hpp"

namespace proctree {

namespace {

// What an option says of the words that follow it.
enum class Meaning : std::uint8_t {
  flag,          // nothing
  value,         // it has a value, in the same word or the next
  value_inside,  // it has a value, in the same word only
  code,          // the program stands on the command line: there is no script
  script,        // its value is the script
};

enum class Style : std::uint8_t {
  clusters,  // -xv are two options; --long ones beside
  words,     // each option is a word of its own: -cp
};

// One family of interpreters. Options by their letters; long ones in full, separated by blanks. What is named
// nowhere is a flag.
struct Interpreter {
  std::string_view names;  // file names without a version, separated by blanks
  Style style = Style::clusters;
  std::string_view value = {};
  std::string_view value_inside = {};
  std::string_view code = {};
  std::string_view script = {};
  std::string_view long_value = {};
  std::string_view long_code = {};
  std::string_view long_script = {};
  std::string_view subcommand = {};  // a first operand that is not the script yet
  bool plus = false;                 // +x is an option too
  bool operand_is_code = false;      // the first operand is the program itself
};

constexpr std::array kInterpreters = {
    Interpreter{.names = "sh bash dash ash ksh mksh zsh",
                .value = "oO",
                .code = "cs",
                .long_value = "--rcfile --init-file",
                .plus = true},
    Interpreter{.names = "fish",
                .value = "CDdfo",
                .code = "c",
                .long_value = "--init-command --features --debug --debug-output",
                .long_code = "--command"},
    Interpreter{.names = "python pypy",
                .value = "WX",
                .code = "c",
                .script = "m",
                .long_value = "--check-hash-based-pycs"},
    Interpreter{.names = "perl", .value = "I", .value_inside = "0CDFMVdilmx", .code = "eE"},
    Interpreter{.names = "ruby jruby",
                .value = "CEIr",
                .value_inside = "0FKTWix",
                .code = "e",
                .long_value = "--encoding --external-encoding --internal-encoding"},
    Interpreter{.names = "node nodejs",
                .value = "Cr",
                .code = "ep",
                .long_value = "--require --import --loader --experimental-loader --conditions --env-file "
                              "--title --input-type --inspect-port --icu-data-dir --openssl-config "
                              "--redirect-warnings --diagnostic-dir --report-dir",
                .long_code = "--eval --print"},
    Interpreter{.names = "deno bun", .value = "cL", .code = "e", .subcommand = "run"},
    Interpreter{.names = "java",
                .style = Style::words,
                .long_value = "-cp -classpath --class-path -p --module-path --upgrade-module-path "
                              "--add-modules --limit-modules --add-opens --add-exports --add-reads "
                              "--enable-native-access -d --describe-module --source",
                .long_script = "-jar -m --module"},
    Interpreter{.names = "php php-cgi", .value = "Sctdz", .code = "rBREa", .script = "fF"},
    Interpreter{.names = "lua luajit", .value = "el"},
    Interpreter{.names = "tclsh wish", .style = Style::words, .long_value = "-encoding"},
    Interpreter{.names = "expect", .value = "cD", .script = "f"},
    Interpreter{.names = "awk gawk mawk nawk original-awk",
                .value = "Fv",
                .script = "f",
                .long_value = "--assign --field-separator",
                .long_script = "--file",
                .operand_is_code = true},
    Interpreter{.names = "Rscript", .code = "e"},
    Interpreter{.names = "guile", .value = "Lel", .code = "c", .script = "s"},
    Interpreter{.names = "pwsh",
                .style = Style::words,
                .long_value = "-ExecutionPolicy -WorkingDirectory -OutputFormat -InputFormat",
                .long_code = "-Command -c -EncodedCommand",
                .long_script = "-File -f"},
    Interpreter{.names = "escript groovy mono"},
};

struct Name {
  std::string_view name;
  const Interpreter* interpreter = nullptr;
};

constexpr std::size_t kNameCount = [] {
  std::size_t count = 0;
  for (const Interpreter& known : kInterpreters)
    count += 1 + static_cast<std::size_t>(std::ranges::count(known.names, ' '));
  return count;
}();

// Sorted: every exec is looked up.
constexpr std::array<Name, kNameCount> kNames = [] {
  std::array<Name, kNameCount> names;
  std::size_t count = 0;
  for (const Interpreter& known : kInterpreters) {
    for (std::string_view rest = known.names; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      names[count++] = {name, &known};
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
  }
  std::ranges::sort(names, {}, &Name::name);
  return names;
}();

// Where the names that begin with an ASCII character stand in kNames: from this one's place to the next
// one's.
constexpr std::array<std::uint8_t, 129> kFirstLetters = [] {
  std::array<std::uint8_t, 129> places{};
  for (std::size_t letter = 0; letter < places.size(); ++letter) {
    places[letter] = static_cast<std::uint8_t>(std::ranges::count_if(
        kNames, [letter](const Name& known) { return static_cast<std::size_t>(known.name[0]) < letter; }));
  }
  return places;
}();

// "python3.11" is python, and "-bash" a login shell.
const Interpreter* find_interpreter(std::string_view name) {
  if (name.starts_with('-')) name.remove_prefix(1);
  const auto letter = name.empty() ? std::size_t{0xff} : static_cast<unsigned char>(name[0]);
  if (letter + 1 >= kFirstLetters.size() || kFirstLetters[letter] == kFirstLetters[letter + 1])
    return nullptr;
  const std::string_view family = name.substr(0, name.find_last_not_of("0123456789.") + 1);
  for (std::size_t at = kFirstLetters[letter]; at < kFirstLetters[letter + 1]; ++at)
    if (kNames[at].name == family) return kNames[at].interpreter;
  return nullptr;
}

// What an option word means, and the value that stands in the word itself.
struct Option {
  Meaning meaning = Meaning::flag;
  std::string_view value = {};
};

Option long_option(const Interpreter& interpreter, std::string_view word) {
  const std::size_t equals = std::min(word.find('='), word.size());
  const std::string_view name = word.substr(0, equals);
  Option option;
  if (has_word(interpreter.long_code, name)) option.meaning = Meaning::code;
  if (has_word(interpreter.long_script, name)) option.meaning = Meaning::script;
  if (has_word(interpreter.long_value, name)) option.meaning = Meaning::value;
  if (equals == word.size()) return option;
  option.value = word.substr(equals + 1);
  if (option.meaning == Meaning::value) option.meaning = Meaning::value_inside;
  return option;
}

Option clustered_options(const Interpreter& interpreter, std::string_view letters) {
  for (std::size_t at = 0; at < letters.size(); ++at) {
    const char letter = letters[at];
    const auto has = [letter](std::string_view set) { return set.find(letter) != std::string_view::npos; };
    const std::string_view rest = letters.substr(at + 1);
    if (has(interpreter.code)) return {.meaning = Meaning::code};
    if (has(interpreter.script)) return {.meaning = Meaning::script, .value = rest};
    if (has(interpreter.value_inside)) return {.meaning = Meaning::value_inside};
    if (has(interpreter.value))
      return {.meaning = rest.empty() ? Meaning::value : Meaning::value_inside, .value = rest};
  }
  return {};
}

Option option_of(const Interpreter& interpreter, std::string_view word) {
  if (interpreter.style == Style::words || word.starts_with("--")) return long_option(interpreter, word);
  return clustered_options(interpreter, word.substr(1));
}

std::string_view find_script(const Interpreter& interpreter, ArgumentWords words) {
  bool options_over = false;
  while (const auto word = words.next()) {
    const bool is_option =
        word->size() > 1 && (word->front() == '-' || (interpreter.plus && word->front() == '+'));
    if (options_over || !is_option) {
      if (*word == "-" || interpreter.operand_is_code) return {};                 // standard input, or code
      if (interpreter.style == Style::words && word->starts_with('@')) continue;  // a file of options
      if (!interpreter.subcommand.empty() && *word == interpreter.subcommand) continue;
      return *word;
    }
    if (*word == "--") {
      options_over = true;
      continue;
    }
    const Option option = option_of(interpreter, *word);
    switch (option.meaning) {
      case Meaning::code:
        return {};
      case Meaning::script:
        return option.value.empty() ? words.next().value_or(std::string_view()) : option.value;
      case Meaning::value:
        (void)words.next();
        break;
      case Meaning::value_inside:
      case Meaning::flag:
        break;
    }
  }
  return {};
}

// Of one file that is many programs, or of none that is known.
bool is_named_by_argv0(std::string_view file) { return file.empty() || file == "busybox"; }

}  // namespace

bool may_run_script(std::string_view exe) {
  const std::string_view file = base_name(exe);
  return is_named_by_argv0(file) || find_interpreter(file) != nullptr;
}

std::string_view script_argument(std::string_view exe, std::string_view args) {
  const std::string_view file = base_name(exe);
  const bool by_argv0 = is_named_by_argv0(file);
  const Interpreter* interpreter = by_argv0 ? nullptr : find_interpreter(file);
  if (interpreter == nullptr && !by_argv0) return {};  // most are none
  ArgumentWords words(args);
  const std::string_view argv0 = words.next().value_or(std::string_view());
  if (by_argv0) interpreter = find_interpreter(base_name(argv0));
  return interpreter == nullptr ? std::string_view() : find_script(*interpreter, words);
}

}  // namespace proctree
