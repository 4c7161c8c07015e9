// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream as documents of the Elastic Common Schema, 9.4.
#pragma once

#include <string>
#include <string_view>

#include "schema/document.hpp"

namespace proctree::schema {

class Ecs final : public SchemaWriter {
 public:
  void write_origin(StreamOrigin& origin) override;
  void write(Document& document) override;

 private:
  void event(Document& document);
  void process(Document& document);
  void arguments(Document& document, std::string_view args);
  void parent(Document& document);
  void entry_leader(Document& document);
  void container(Document& document);
  void capabilities(Document& document);
  void own(Document& document);

  std::string text_;
};

}  // namespace proctree::schema
