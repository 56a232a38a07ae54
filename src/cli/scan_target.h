/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line can scan: a reference to a registry, oci:DIR, oci-archive:FILE, docker-archive:FILE, dir:PATH; and
   the surroundings of a scan without a server: sandbox, layer cache and advisory index of the user. */
#ifndef CLI_SCAN_TARGET_H
#define CLI_SCAN_TARGET_H

#include "cli/command.h"
#include "index/index.h"
#include "report/report.h"
#include "scan/vex.h"

/* Options that every command with a target shares; put the macro into the command's table. */
#define SCAN_TARGET_OPTIONS                                                                                            \
    {"platform", "OS/ARCH[/VARIANT]|all", "only this platform of an index (default: all runnable ones)", false},       \
        {"ca-file", "FILE", "certificates to trust beside the system's (PEM)", false},                                 \
        {"lock-files", "yes|no|auto", "also what lock files list (default auto: in dir:, not in images)", false},      \
        {"layer-timeout", "SECONDS", "a layer that takes longer is a gap (default 600)", false},                       \
        {"no-cache", NULL, "keep no layer records and use none", false},                                               \
    {                                                                                                                  \
        "no-sandbox", NULL, "parse layers in an ordinary child process (for kernels without Landlock)", false          \
    }

#define SCAN_INDEX_OPTIONS                                                                                             \
    {                                                                                                                  \
        "index", "DIR", "folder of the advisory index (default: $XDG_CACHE_HOME/tidewaiter/index)", false              \
    }

#define SCAN_VEX_OPTION                                                                                                \
    {                                                                                                                  \
        "vex", "FILE", "apply this OpenVEX or CSAF document to the findings", true                                     \
    }

/* One scan from the command line; zero it, and release it with scan_session_done in any case. */
struct scan_session {
    struct arena *arena;
    struct sandbox *sandbox;
    struct layer_cache *cache;
    const char *spool_folder;
    struct index_generation *index;
    const struct lookup *lookup; /* NULL: no index */
    struct feed_state *feeds;
    size_t feed_count;
    struct scan_image *images; /* one per platform */
    size_t image_count;
    size_t missing_platforms;
    bool is_directory;
    bool is_in_registry;
    struct vex_set vex; /* of --vex */
};

void scan_session_done(struct scan_session *session);
#define AUTO_SCAN_SESSION CLEANUP(scan_session_done) struct scan_session

/* Opens the surroundings, reads the VEX documents and inventories the target. */
bool scan_session_inventory(
    struct scan_session *session, const struct command_call *call, struct view target, struct error *err) MUST_CHECK;

/* Opens the index (none is no error: its absence becomes a gap), matches and applies the VEX documents. */
struct scan_session_matching {
    struct view target;
    int64_t now_ms;
};
bool scan_session_match(struct scan_session *session, const struct command_call *call,
    const struct scan_session_matching *matching, struct error *err) MUST_CHECK;

/* Whether the text names something on disk: "oci:…", "dir:…". */
bool scan_target_is_local(struct view target);

#endif
