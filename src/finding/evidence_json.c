/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json.h"
#include "finding/finding.h"

static void write_known(struct json_writer *writer, const char *name, struct view text, bool shows_absent)
{
    if (text.size > 0) {
        json_pair(writer, name, text);
    } else if (shows_absent) {
        json_key(writer, name);
        json_write_null(writer);
    }
}

void finding_evidence_write(struct json_writer *writer, const struct finding_evidence *evidence, bool shows_absent)
{
    char modified[TIME_TEXT_SIZE];
    time_format(evidence->modified_ms, modified);
    json_begin_object(writer);
    json_pair_text(writer, "feed", evidence->feed);
    json_pair(writer, "advisory", evidence->advisory);
    json_pair(writer, "ecosystem", evidence->ecosystem);
    json_pair(writer, "name", evidence->name);
    json_pair(writer, "version", evidence->version);
    write_known(writer, "introduced", evidence->introduced, shows_absent);
    write_known(writer, "fixed", evidence->fixed, shows_absent);
    write_known(writer, "last_affected", evidence->last_affected, shows_absent);
    json_pair_boolean(writer, "is_listed", evidence->is_listed);
    json_pair_text(writer, "order", evidence->order);
    json_pair_text(writer, "modified", evidence->modified_ms == 0 && shows_absent ? NULL : modified);
    json_end_object(writer);
}

void finding_vex_write(struct json_writer *writer, const struct finding_vex *vex, bool shows_absent)
{
    char time[TIME_TEXT_SIZE];
    time_format(vex->time_ms, time);
    json_begin_object(writer);
    json_pair_text(writer, "status", vex->status);
    write_known(writer, "statement", vex->statement, shows_absent);
    json_pair(writer, "document", vex->document);
    json_pair(writer, "author", vex->author);
    json_pair_text(writer, "time", vex->time_ms == 0 ? NULL : time);
    json_end_object(writer);
}
