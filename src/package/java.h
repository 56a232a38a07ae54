/* SPDX-License-Identifier: Apache-2.0 */
/* What a Java archive says of its own name: Maven's pom.properties and pom.xml, the manifest, and the file's name. Readers
   are tolerant: what is missing stays empty. Texts are copied into the arena where they are not views of the input. */
#ifndef PACKAGE_JAVA_H
#define PACKAGE_JAVA_H

#include "base/arena.h"
#include "base/view.h"
#include "package/analyzer.h"

/* What all archives in one file may take. */
struct java_limits {
    uint64_t inflated_bytes_max; /* decompressed in all; default 1 GiB */
    uint64_t held_bytes_max; /* held at one time, the file included; default 256 MiB */
    size_t packages_max; /* default as for databases */
};

/* Reads an archive and the archives in it, as the analyzer does; `path` ends with an archive's extension. */
bool java_read(struct view path, struct view content, const struct java_limits *limits, struct analysis *analysis,
    struct error *err);

/* Maven coordinates; empty parts are not known. */
struct java_identity {
    struct view group;
    struct view artifact;
    struct view version;
    bool is_cut; /* one is longer than is read, and so not known */
};

/* The main attributes of META-INF/MANIFEST.MF, as far as they can name the archive. */
enum java_attribute {
    JAVA_BUNDLE_LICENSE,
    JAVA_BUNDLE_NAME,
    JAVA_BUNDLE_SYMBOLIC_NAME,
    JAVA_BUNDLE_VERSION,
    JAVA_CREATED_BY,
    JAVA_EXTENSION_NAME,
    JAVA_IMPLEMENTATION_TITLE,
    JAVA_IMPLEMENTATION_VENDOR_ID,
    JAVA_IMPLEMENTATION_VERSION,
    JAVA_NAME,
    JAVA_PLUGIN_VERSION,
    JAVA_SHORT_NAME,
    JAVA_SPECIFICATION_TITLE,
    JAVA_SPECIFICATION_VERSION,
    JAVA_ATTRIBUTE_COUNT
};

struct java_manifest {
    struct view values[JAVA_ATTRIBUTE_COUNT];
    bool is_cut; /* one is longer than is read, and so not known */
};

/* Java's properties format (java.util.Properties.load): groupId, artifactId and version. */
void java_read_properties(struct arena *arena, struct view text, struct java_identity *identity);

/* A project object model: the project's own coordinates, group and version from <parent> where it has none, and the names of
   its licences, one a line (of one without a name its address). Values that refer to properties (${…}) are not known. */
void java_read_pom(struct arena *arena, struct view text, struct java_identity *identity, struct view *licenses);

/* The main section; lines are joined (JAR file specification, "Name-Value pairs and Sections"). Blank lines within it, which
   some builders write, do not end it: a line "Name:" does. */
void java_read_manifest(struct arena *arena, struct view text, struct java_manifest *manifest);

/* The name of an archive by its last component, without its extension: "guava-31.1-jre" is guava 31.1-jre. The version is
   what starts at the first '-' before a digit, or at a later one if a word that is no part of versions stands between them
   (log4j-1.2-api-2.17.1); a classifier (-sources) is dropped. Without a version all is the artifact. */
void java_split_name(struct view stem, struct java_identity *identity);

/* What an archive without Maven's own files is: version and artifact by its name, else by the manifest; the group by a table
   of well-known artifacts, else by the manifest. False if no version is found. */
bool java_identify(
    struct arena *arena, const struct java_manifest *manifest, struct view stem, struct java_identity *identity);

/* Whether all parts but the group, which may be empty, can be reported. */
bool java_identity_is_usable(const struct java_identity *identity);

#endif
