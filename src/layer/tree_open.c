/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of a directory: walks it depth first and writes records as they are asked for. Every path is opened
   from the root, inside the root and without symlinks, so that nothing that changes meanwhile leads outside. */
#include "layer/tree.h"

#include "base/memory.h"
#include "base/path.h"
#include "layer/tree_format.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    DEPTH_MAX = 256, /* one descriptor each */
    GAPS_MAX = 1000, /* further ones are counted into one */
    RECORD_BYTES_MAX = sizeof(struct tree_header) + PATH_BYTES_MAX + TREE_TEXT_BYTES_MAX + TREE_CHUNK_BYTES,
};

struct tree_level {
    DIR *directory;
    size_t path_size; /* of the directory, in `path` */
};

struct tree_source {
    struct source base;
    const struct tree_filter *filter;
    uint64_t file_bytes_max;
    const struct cancel *cancel;
    int root;
    struct tree_level levels[DEPTH_MAX];
    size_t depth;
    uint64_t gaps;
    int file; /* whose content is being sent; -1 = none */
    uint64_t file_left;
    bool is_ended;
    size_t sent; /* of `record` */
    struct buffer record;
    char path[PATH_BYTES_MAX + 1];
};

/* `path` is relative to the root; empty is the root. */
static int open_inside(const struct tree_source *tree, const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = {
        .flags = flags | O_NOFOLLOW | O_CLOEXEC,
        .resolve = resolve | RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
    };
    return (int)syscall(SYS_openat2, tree->root, path[0] == '\0' ? "." : path, &how, sizeof(how));
}

static void write_record(struct tree_source *tree, const struct tree_header *header, struct view path, struct view text)
{
    const struct tree_header stored = {.kind = htole32(header->kind),
        .mode = htole32(header->mode),
        .size = htole64(header->size),
        .path_size = htole32((uint32_t)path.size),
        .text_size = htole32((uint32_t)text.size)};
    buffer_append(&tree->record, view_of(&stored, sizeof(stored)));
    buffer_append(&tree->record, path);
    buffer_append(&tree->record, text);
}

static void write_gap(struct tree_source *tree, enum gap_kind kind, struct view path, const char *reason)
{
    tree->gaps++;
    if (tree->gaps > GAPS_MAX)
        return;
    const struct tree_header header = {.kind = TREE_GAP, .size = kind};
    write_record(tree, &header, path, view_slice(view_text(reason), 0, TREE_TEXT_BYTES_MAX));
}

static void write_errno_gap(struct tree_source *tree, struct view path, const char *what, int errno_value)
{
    struct error reason;
    error_set_errno(&reason, errno_value, "%s", what);
    write_gap(tree, GAP_UNREADABLE_FILE, path, reason.message);
}

/* File systems that the kernel makes up, or that live in memory: no package database is kept there. */
static bool is_made_up(const struct tree_source *tree, const char *path)
{
    static const uint32_t made_up[] = {AUTOFS_SUPER_MAGIC, BINFMTFS_MAGIC, BPF_FS_MAGIC, CGROUP2_SUPER_MAGIC,
        CGROUP_SUPER_MAGIC, DEBUGFS_MAGIC, DEVPTS_SUPER_MAGIC, EFIVARFS_MAGIC, HUGETLBFS_MAGIC, NSFS_MAGIC,
        PROC_SUPER_MAGIC, PSTOREFS_MAGIC, RAMFS_MAGIC, SECURITYFS_MAGIC, SELINUX_MAGIC, SYSFS_MAGIC, TMPFS_MAGIC,
        TRACEFS_MAGIC, 0x19800202 /* mqueue */, 0x62656570 /* configfs */, 0x65735543 /* fusectl */,
        0x67596969 /* rpc_pipefs */};
    struct statfs about;
    int directory = open_inside(tree, path, O_PATH | O_DIRECTORY, 0);
    bool is_known = directory >= 0 && fstatfs(directory, &about) == 0;
    if (directory >= 0)
        close(directory);
    for (size_t i = 0; is_known && i < sizeof(made_up) / sizeof(made_up[0]); i++) {
        if ((uint32_t)about.f_type == made_up[i])
            return true;
    }
    return false;
}

/* Goes into the directory at `path`; what cannot be entered is a gap. */
static void enter(struct tree_source *tree, struct view path)
{
    if (tree->depth == DEPTH_MAX) {
        write_gap(tree, GAP_LIMIT_REACHED, path, "the directory is nested too deeply");
        return;
    }
    int directory = open_inside(tree, tree->path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_XDEV);
    if (directory < 0 && errno == EXDEV) {
        if (!is_made_up(tree, tree->path))
            write_gap(tree, GAP_UNREADABLE_FILE, path, "another file system is mounted here, which is not entered");
        return;
    }
    DIR *entries = directory < 0 ? NULL : fdopendir(directory);
    if (entries == NULL) {
        write_errno_gap(tree, path, "could not open the directory", errno);
        if (directory >= 0)
            close(directory);
        return;
    }
    tree->levels[tree->depth++] = (struct tree_level){.directory = entries, .path_size = path.size};
}

static void write_symlink(struct tree_source *tree, struct view path, const struct stat *about)
{
    char target[TREE_TEXT_BYTES_MAX];
    const struct tree_level *level = &tree->levels[tree->depth - 1];
    const char *name = tree->path + (level->path_size == 0 ? 0 : level->path_size + 1);
    ssize_t size = readlinkat(dirfd(level->directory), name, target, sizeof(target));
    if (size < 0) {
        write_errno_gap(tree, path, "could not read the link", errno);
        return;
    }
    const struct tree_header header = {.kind = TREE_SYMLINK, .mode = about->st_mode & 07777};
    write_record(tree, &header, path, view_of(target, (size_t)size));
}

/* Whether the filter wants an open file by its first bytes. */
static bool is_head_wanted(const struct tree_source *tree, struct view path, const struct stat *about, int file)
{
    char head[TREE_HEAD_BYTES];
    ssize_t size = pread(file, head, sizeof(head), 0);
    return size > 0 && tree->filter->wants_head(
                           path, (uint64_t)about->st_size, about->st_mode & 07777, view_of(head, (size_t)size));
}

static void write_file(struct tree_source *tree, struct view path, const struct stat *about)
{
    struct tree_header header = {
        .kind = TREE_FILE_UNSENT, .mode = about->st_mode & 07777, .size = (uint64_t)about->st_size};
    enum tree_answer answer = tree->filter->wants(path, header.size, header.mode);
    if (answer == TREE_NEVER || header.size > tree->file_bytes_max) {
        write_record(tree, &header, path, view_text(""));
        return;
    }
    /* Not to wait for a FIFO that took the file's place. */
    int file = open_inside(tree, tree->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    struct stat opened;
    if (file < 0 || fstat(file, &opened) != 0 || !S_ISREG(opened.st_mode)) {
        write_errno_gap(tree, path, "could not open the file", file < 0 ? errno : EINVAL);
        if (file >= 0)
            close(file);
        return;
    }
    bool is_wanted = answer == TREE_ALWAYS || is_head_wanted(tree, path, &opened, file);
    header.kind = !is_wanted || (uint64_t)opened.st_size > tree->file_bytes_max ? TREE_FILE_UNSENT : TREE_FILE;
    header.size = (uint64_t)opened.st_size;
    write_record(tree, &header, path, view_text(""));
    if (header.kind == TREE_FILE) {
        tree->file = file;
        tree->file_left = header.size;
    } else {
        close(file);
    }
}

/* `path` is also in tree->path, with NUL. */
static void write_entry(struct tree_source *tree, struct view path, const char *name)
{
    const struct tree_level *level = &tree->levels[tree->depth - 1];
    struct stat about;
    if (fstatat(dirfd(level->directory), name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        /* Gone since the directory was read: it is not there. */
        if (errno != ENOENT)
            write_errno_gap(tree, path, "could not look at the file", errno);
        return;
    }
    struct tree_header header = {.mode = about.st_mode & 07777};
    if (S_ISREG(about.st_mode)) {
        write_file(tree, path, &about);
    } else if (S_ISDIR(about.st_mode)) {
        header.kind = TREE_DIRECTORY;
        write_record(tree, &header, path, view_text(""));
        enter(tree, path);
    } else if (S_ISLNK(about.st_mode)) {
        write_symlink(tree, path, &about);
    } else {
        header.kind = TREE_OTHER;
        write_record(tree, &header, path, view_text(""));
    }
}

/* The next name of the innermost directory; at its end goes up. */
static void advance_walk(struct tree_source *tree)
{
    struct tree_level *level = &tree->levels[tree->depth - 1];
    struct view directory = view_of(tree->path, level->path_size);
    errno = 0;
    const struct dirent *entry = readdir(level->directory);
    if (entry == NULL) {
        if (errno != 0)
            write_errno_gap(tree, directory, "could not read the directory", errno);
        closedir(level->directory);
        tree->depth--;
        return;
    }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return;
    size_t name_size = strlen(entry->d_name);
    size_t start = directory.size == 0 ? 0 : directory.size + 1;
    if (start + name_size > PATH_BYTES_MAX) {
        write_gap(tree, GAP_UNREADABLE_FILE, directory, "the paths of files in this directory are too long");
        return;
    }
    if (start > 0)
        tree->path[start - 1] = '/';
    memcpy(tree->path + start, entry->d_name, name_size + 1);
    write_entry(tree, view_of(tree->path, start + name_size), entry->d_name);
}

static void write_chunk_size(struct tree_source *tree, uint32_t size)
{
    buffer_append_u32(&tree->record, size);
}

/* The next piece of the file at hand. A file that grows is cut at the size that was announced. */
static void advance_file(struct tree_source *tree)
{
    char bytes[TREE_CHUNK_BYTES];
    ssize_t got = 0;
    size_t wanted = tree->file_left < sizeof(bytes) ? (size_t)tree->file_left : sizeof(bytes);
    if (wanted > 0) {
        do {
            got = read(tree->file, bytes, wanted);
        } while (got < 0 && errno == EINTR);
    }
    if (got > 0) {
        write_chunk_size(tree, (uint32_t)got);
        buffer_append(&tree->record, view_of(bytes, (size_t)got));
        tree->file_left -= (uint64_t)got;
        return;
    }
    write_chunk_size(tree, tree->file_left == 0 ? 0 : TREE_CHUNK_BROKEN);
    close(tree->file);
    tree->file = -1;
}

static void write_end(struct tree_source *tree)
{
    if (tree->gaps > GAPS_MAX) {
        char reason[80];
        snprintf(reason, sizeof(reason), "%llu more files and directories could not be read",
            (unsigned long long)(tree->gaps - GAPS_MAX));
        tree->gaps = 0;
        write_gap(tree, GAP_UNREADABLE_FILE, view_text(""), reason);
    }
    const struct tree_header header = {.kind = TREE_END};
    write_record(tree, &header, view_text(""), view_text(""));
    tree->is_ended = true;
}

static bool tree_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct tree_source *tree = (struct tree_source *)source;
    while (tree->sent == tree->record.size && !tree->is_ended) {
        if (!cancel_check(tree->cancel, err))
            return false;
        buffer_clear(&tree->record);
        tree->sent = 0;
        if (tree->file >= 0)
            advance_file(tree);
        else if (tree->depth > 0)
            advance_walk(tree);
        else
            write_end(tree);
        if (!buffer_check(&tree->record, "directory record", err))
            return false;
    }
    struct view rest = view_slice(buffer_view(&tree->record), tree->sent, size);
    if (rest.size > 0)
        memcpy(bytes, rest.data, rest.size);
    tree->sent += rest.size;
    *got = rest.size;
    return true;
}

static void tree_source_close(struct source *source)
{
    struct tree_source *tree = (struct tree_source *)source;
    while (tree->depth > 0)
        closedir(tree->levels[--tree->depth].directory);
    if (tree->file >= 0)
        close(tree->file);
    close(tree->root);
    buffer_done(&tree->record);
    free(tree);
}

static const struct source_type tree_type = {"directory", tree_source_read, tree_source_close};

bool tree_open(const char *directory, const struct tree_filter *filter, uint64_t file_bytes_max,
    const struct cancel *cancel, struct source **stream, struct error *err)
{
    int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_set_errno(err, errno, "could not open directory \"%s\"", directory);
    struct tree_source *tree = memory_alloc(sizeof(*tree));
    *tree = (struct tree_source){.base = {&tree_type},
        .filter = filter,
        .file_bytes_max = file_bytes_max,
        .cancel = cancel,
        .root = root,
        .file = -1};
    buffer_init(&tree->record, RECORD_BYTES_MAX);
    enter(tree, view_text(""));
    if (tree->depth == 0) {
        tree_source_close(&tree->base);
        return error_set(err, ERROR_IO, "could not read directory \"%s\"", directory);
    }
    *stream = &tree->base;
    return true;
}
