/* SPDX-License-Identifier: Apache-2.0 */
/* Core metadata of Python packages, which lie in directories and in eggs (packaging.python.org, "Core metadata
   specifications": e-mail headers, then a body). */
#ifndef PACKAGE_PYTHON_H
#define PACKAGE_PYTHON_H

#include "package/analyzer.h"

/* Reads METADATA or PKG-INFO and reports the package. ERROR_INVALID if it has no header at all. */
bool python_read_metadata(struct view content, struct analysis *analysis, struct error *err) MUST_CHECK;

#endif
