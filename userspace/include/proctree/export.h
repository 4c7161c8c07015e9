/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the shared library shows; all else in it is hidden. */
#ifndef PROCTREE_EXPORT_H
#define PROCTREE_EXPORT_H

#if defined(__GNUC__)
#define PROCTREE_EXPORT __attribute__((visibility("default")))
#else
#define PROCTREE_EXPORT
#endif

#endif
