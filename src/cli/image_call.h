/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about stored images have in common. */
#ifndef CLI_IMAGE_CALL_H
#define CLI_IMAGE_CALL_H

#include "base/buffer.h"
#include "cli/account_call.h"
#include "store/images.h"

#define SEVERITY_OPTION                                                                                                \
    {                                                                                                                  \
        "severity", "NAME", "only vulnerabilities of this severity", true                                              \
    }
#define EXPLOITABLE_OPTION                                                                                             \
    {                                                                                                                  \
        "exploitable", NULL, "only vulnerabilities with a public exploit, or known to be exploited", false             \
    }
#define HAS_FIX_OPTION                                                                                                 \
    {                                                                                                                  \
        "has-fix", NULL, "only vulnerabilities with a fixed version", false                                            \
    }
#define KEV_OPTION                                                                                                     \
    {                                                                                                                  \
        "kev", NULL, "only vulnerabilities known to be exploited", false                                               \
    }

/* The four options above; one vulnerability must be all that they say. */
bool image_call_kinds(const struct command_call *call, struct kind_filter *kinds, struct error *err) MUST_CHECK;

/* --limit, from 1 to PAGE_LIMIT_MAX. */
bool image_call_limit(const struct command_call *call, int otherwise, int *limit, struct error *err) MUST_CHECK;

/* The one scanned image that the text means; ERROR_USAGE names the candidates if it may mean several. */
bool image_call_find(
    const struct account_call *account, struct view text, struct image_row *image, struct error *err) MUST_CHECK;

/* The text with what terminals would obey escaped, padded to a width. */
void image_call_append(struct buffer *line, struct view text, size_t width);

/* A number in `width` columns; a dash below 0: nobody knows. */
void image_call_append_count(struct buffer *line, int64_t count, int width);

#endif
