/* SPDX-License-Identifier: Apache-2.0 */
/* What an accepted risk is about in the published words: an entity with a type and a value, and contexts that narrow it down. They
   are another way to write the scopes of struct accepted_risk:

   entityType: vulnerability
   entityValue: CVE-2026-1
   context:
     - contextType: packageNameVersion
       contextValue: openssl@3.0.7
     - contextType: imagePrefix
       contextValue: registry.example.com/team/

   A tag belongs to the name of an image where the value has one: "registry.example.com/team/app:1.2". Pure. */
#ifndef FINDING_RISK_ENTITY_H
#define FINDING_RISK_ENTITY_H

#include "base/document.h"
#include "finding/accepted_risk.h"

/* Reads entityType, entityValue and context into the scopes, which must be empty; complains about what is wrong. False if the
   document has none of these members. */
bool risk_entity_read(struct document_reader *reader, struct json document, struct accepted_risk *risk);

/* Writes these members where a type fits: a risk that is only about an integration, a repository, a tag or a path has none. Scopes
   that no context can say (integration, repository) are left out. `writer` stands inside an object. */
void risk_entity_write(struct arena *arena, const struct accepted_risk *risk, struct json_writer *writer);

#endif
