/* SPDX-License-Identifier: Apache-2.0 */
/* A document of YAML or TOML as a tree: texts, lists and maps in the order of the document. Scalars are texts; whoever wants
   a number parses it. Nodes live in the arena that they were read into and borrow from the document's bytes. A missing
   node is NULL, and every function takes NULL, so that tolerant readers stay short. */
#ifndef BASE_NODE_H
#define BASE_NODE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/view.h"

/* Nodes of one document, and levels of lists and maps in each other. */
#define NODE_COUNT_MAX (1u << 20)
#define NODE_DEPTH_MAX 64

enum node_type { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
    enum node_type type;
    struct view key; /* in a map */
    struct view text; /* of a text */
    bool is_plain; /* YAML: the text was written without quotes */
    struct node *first; /* child of a list or map */
    struct node *last;
    struct node *next; /* sibling */
    size_t count; /* of children */
    struct map *index; /* of a map with many members */
};

/* The first child of a list or map; walk with `next`. */
const struct node *node_first(const struct node *node);

/* The first member of that name, NULL if there is none or the node is not a map. */
const struct node *node_member(const struct node *map, const char *name);

/* The text of a text; empty for everything else. */
struct view node_text(const struct node *node);
struct view node_member_text(const struct node *map, const char *name);

/* For readers: appends a child to a list or map. The number of nodes is the reader's to limit. */
struct node *node_add(struct arena *arena, struct node *parent, enum node_type type, struct view key);
struct node *node_find(const struct node *map, struct view key);

/* Reads YAML 1.1: a list of the documents in `text`. Aliases are read as empty texts. ERROR_INVALID, ERROR_LIMIT. */
bool yaml_read(struct arena *arena, struct view text, const struct node **documents, struct error *err) MUST_CHECK;

/* Reads TOML 1.0: the root table as a map. Tolerates names that are defined twice (the first counts). ERROR_INVALID,
   ERROR_LIMIT. */
bool toml_read(struct arena *arena, struct view text, const struct node **root, struct error *err) MUST_CHECK;

#endif
