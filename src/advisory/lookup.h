/* SPDX-License-Identifier: Apache-2.0 */
/* How the matcher asks for advisories, and for what is known of a vulnerability whatever package has it. Implemented by
   index/ over immutable databases, and by the demo's built-in set. A lookup is read-only and may be shared by threads. */
#ifndef ADVISORY_LOOKUP_H
#define ADVISORY_LOOKUP_H

#include "advisory/advisory.h"
#include "base/error.h"

/* One advisory with the elements of `affected` that name the package. */
struct lookup_match {
    const char *feed; /* "osv" */
    struct advisory advisory;
};

/* A public exploit. */
struct vulnerability_exploit {
    struct view source; /* "exploit-db" "metasploit" */
    struct view reference; /* its id there */
};

/* What the feeds about vulnerabilities (EPSS, KEV, NVD, exploit indexes) say of one CVE. These facts belong to the
   vulnerability, never to a finding, so that a new EPSS list moves no finding. */
struct vulnerability_facts {
    bool has_epss;
    double epss_score; /* 0 … 1 */
    double epss_percentile; /* 0 … 1 */
    int64_t epss_date_ms;
    bool is_known_exploited; /* CISA KEV */
    bool is_used_by_ransomware;
    int64_t kev_added_ms;
    int64_t kev_due_ms;
    bool is_disputed;
    bool is_rejected; /* the CVE was: no finding */
    int64_t published_ms; /* 0 = unknown */
    int64_t modified_ms; /* of the record; 0 = unknown */
    struct view summary;
    struct severity_rating *ratings; /* CVSS vectors of NVD and others */
    size_t rating_count;
    struct vulnerability_exploit *exploits;
    size_t exploit_count;
};

struct lookup {
    /* All advisories whose ecosystem has this base and whose package has this name, however it is spelled there (see
       ecosystem_package_name), into the arena. Damage is an error, never an empty answer. */
    bool (*find)(const struct lookup *lookup, struct arena *arena, struct view ecosystem, struct view name,
        struct lookup_match **matches, size_t *count, struct error *err);

    /* The facts about a CVE into the arena; `*facts` is NULL if no feed has any. May be NULL: there is no such feed. */
    bool (*facts)(const struct lookup *lookup, struct arena *arena, struct view vulnerability,
        const struct vulnerability_facts **facts, struct error *err);
};

#endif
