/* SPDX-License-Identifier: Apache-2.0 */
/* What a type of registry asks for, beside its address: user names, secrets, regions, lists of projects. The rows of
   credential_fields.def describe every field once; an integration keeps the values; an adapter gets them as
   registry_options.fields and reads them by name:

     credential_text(options->fields, "region")          the value, empty if it was not given
     credential_secret(options->fields, "password")      NULL if it was not given
     credential_is_on(options->fields, "ambient")
     for (struct view rest = credential_text(options->fields, "projects"), item; credential_list_next(&rest, &item);)

   registry_options.credentials is filled from `username`, `password`, `identity_token` and `registry_token` already; an
   adapter that signs in by other fields replaces it. All values are held as secrets, whatever their kind. Pure. */
#ifndef REGISTRY_CREDENTIAL_H
#define REGISTRY_CREDENTIAL_H

#include "base/error.h"
#include "secret/secret.h"

#include <stddef.h>

#define CREDENTIAL_TEXT_BYTES_MAX 2048
#define CREDENTIAL_LIST_BYTES_MAX (16u * 1024)
#define CREDENTIAL_SECRET_BYTES_MAX (64u * 1024)
#define CREDENTIAL_FIELDS_MAX 24 /* of one type */

enum credential_kind {
    CREDENTIAL_TEXT, /* one printable line; may be shown */
    CREDENTIAL_LIST, /* texts separated by commas; may be shown */
    CREDENTIAL_URL, /* http or https; may be shown */
    CREDENTIAL_SWITCH, /* "true" or "false"; may be shown */
    CREDENTIAL_SECRET, /* any UTF-8 text, also of several lines; stored sealed, never shown */
    CREDENTIAL_KIND_COUNT
};

struct credential_field {
    const char *type; /* adapter_type.name; "" = every type */
    const char *name; /* "password" */
    enum credential_kind kind;
    bool is_required;
    const char *needs; /* names of fields that must be given with this one, separated by spaces */
    const char *label;
    const char *help;
};

/* The fields of a type, the ones of every type last: NULL from `index` = count on. */
const struct credential_field *credential_field_at(struct view type, size_t index);

/* NULL if the type has no such field. */
const struct credential_field *credential_field_find(struct view type, struct view name);

/* "text" "list" "url" "switch" "secret" */
const char *credential_kind_name(enum credential_kind kind);

struct credential_value {
    const struct credential_field *field;
    const struct secret *value; /* borrowed */
};

struct credential_set {
    struct credential_value items[CREDENTIAL_FIELDS_MAX];
    size_t count;
};

/* `set` may be NULL: nothing was given. */
const struct secret *credential_secret(const struct credential_set *set, const char *name);
struct view credential_text(const struct credential_set *set, const char *name);
bool credential_is_on(const struct credential_set *set, const char *name);

/* Takes the next item of a list, without blanks around it; empty ones are skipped. */
bool credential_list_next(struct view *rest, struct view *item);

/* Whether the value has the form of the field's kind. ERROR_INVALID names the field and never repeats a secret. */
bool credential_value_check(const struct credential_field *field, struct view value, struct error *err) MUST_CHECK;

/* Whether all required fields of the type are there, and each one's companions. */
bool credential_set_check(struct view type, const struct credential_set *set, struct error *err) MUST_CHECK;

#endif
