// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// HTTP/1.1 and TLS by libcurl.
#pragma once

#include <memory>
#include <string>

#include "proctree/error.hpp"
#include "ship/http_client.hpp"
#include "ship/remote_options.hpp"

namespace proctree {

// `credentials` among the options is ignored here.
[[nodiscard]] Result<std::unique_ptr<HttpClient>> open_curl_client(const std::string& url,
                                                                   const RemoteOptions& options);

}  // namespace proctree
