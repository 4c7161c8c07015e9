/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The C interface's whole surface as one object with debug information, for abidw: each function by its type,
   and through them every struct. (Of the library itself the tool can't take this without the inside of its
   opaque handle.) scripts/abi checks that no function is left out. */
#include <proctree/proctree.h>

#define FUNCTION(name) __typeof__(&name) const abi_##name = name;

FUNCTION(proctree_version)
FUNCTION(proctree_options_init)
FUNCTION(proctree_new)
FUNCTION(proctree_free)
FUNCTION(proctree_last_error)
FUNCTION(proctree_open)
FUNCTION(proctree_fd)
FUNCTION(proctree_poll)
FUNCTION(proctree_poll_some)
FUNCTION(proctree_close)
FUNCTION(proctree_record_chain)
FUNCTION(proctree_record_ancestors)
FUNCTION(proctree_record_copy)
FUNCTION(proctree_record_free)
FUNCTION(proctree_find)
FUNCTION(proctree_find_started)
FUNCTION(proctree_find_id)
FUNCTION(proctree_get_info)
FUNCTION(proctree_chain)
FUNCTION(proctree_id)
FUNCTION(proctree_ancestors)
FUNCTION(proctree_children)
FUNCTION(proctree_descends_from)
FUNCTION(proctree_descends_from_comm)
FUNCTION(proctree_get_totals)
FUNCTION(proctree_failed_execs)
FUNCTION(proctree_has_gap)
FUNCTION(proctree_counters)
FUNCTION(proctree_unfollow)
FUNCTION(proctree_follow)
FUNCTION(proctree_configure)
FUNCTION(proctree_get_entry)
FUNCTION(proctree_resync_now)
FUNCTION(proctree_user_data)
FUNCTION(proctree_set_user_data)
FUNCTION(proctree_last_error_code)
FUNCTION(proctree_next_argument)
FUNCTION(proctree_edge_name)
FUNCTION(proctree_error_name)
FUNCTION(proctree_entry_type_name)
FUNCTION(proctree_kind_name)
FUNCTION(proctree_tree_bytes)
FUNCTION(proctree_processes)
FUNCTION(proctree_read_totals)
FUNCTION(proctree_list)
FUNCTION(proctree_descendants)
enum proctree_source abi_source;
enum proctree_kind abi_kind;
enum proctree_edge abi_edge;
