/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive read front to back: V7, ustar, PAX, GNU and star, sparse files of all of GNU's formats. It answers as Go's
   archive/tar does, with which containerd, Docker and Podman unpack layers: what they refuse is an error here, unless it
   only concerns what is not read (owners, times, attributes). Header types that no standard knows are files (POSIX.1-2001,
   "ustar Interchange Format"). A reader belongs to one thread. */
#ifndef STREAM_TAR_H
#define STREAM_TAR_H

#include "base/error.h"
#include "base/view.h"
#include "stream/source.h"

#include <stdint.h>

/* Largest extended header, long name or map of a sparse file. */
#define TAR_SPECIAL_BYTES_MAX (1u << 20)

enum tar_kind { TAR_FILE, TAR_DIRECTORY, TAR_SYMLINK, TAR_HARD_LINK, TAR_OTHER };

struct tar_entry {
    enum tar_kind kind;
    struct view name; /* as written; valid until the next entry is asked for */
    struct view target; /* of links, likewise */
    uint64_t size; /* of files, with their holes */
    uint32_t mode; /* permission bits */
    bool is_sparse;
};

struct tar_reader;

/* `below` is borrowed. Release with tar_reader_free. */
struct tar_reader *tar_reader_new(struct source *below);
void tar_reader_free(struct tar_reader *reader); /* NULL is fine */

/* The next entry; what is left of the one before is passed over. `*is_end` after the last: the archive ends with two blocks
   of zeros, or where `below` ends between two entries. ERROR_INVALID if the archive is damaged; errors of `below`. */
bool tar_next(struct tar_reader *reader, struct tar_entry *entry, bool *is_end, struct error *err) MUST_CHECK;

/* The content of the entry at hand: exactly `size` bytes. Closing it does nothing. */
struct source *tar_content(struct tar_reader *reader);

/* Where the next byte stands that is read from `below`: after tar_next, the content of a file that is not sparse. */
uint64_t tar_position(const struct tar_reader *reader);

/* Reads what stands behind the end of the archive, and tells whether it is only zeros. */
bool tar_drain(struct tar_reader *reader, bool *is_zero, struct error *err) MUST_CHECK;

#endif
