/* SPDX-License-Identifier: Apache-2.0 */
#include "package/analyzer.h"

#define ANALYZER(name, files, gives) extern const struct analyzer analyzer_##name;
#include "package/analyzers.def"
#undef ANALYZER

const struct analyzer *const analyzers[] = {
#define ANALYZER(name, files, gives) &analyzer_##name,
#include "package/analyzers.def"
#undef ANALYZER
};

const size_t analyzer_count = sizeof(analyzers) / sizeof(analyzers[0]);

const struct analyzer *analyzer_for(struct view path)
{
    for (size_t i = 0; i < analyzer_count; i++) {
        if (analyzers[i]->wants(path))
            return analyzers[i];
    }
    return NULL;
}

const struct analyzer *analyzer_to_look(const struct analyzer_file *file)
{
    for (size_t i = 0; i < analyzer_count; i++) {
        if (analyzers[i]->wants_look != NULL && analyzers[i]->wants_look(file))
            return analyzers[i];
    }
    return NULL;
}

const struct analyzer *analyzer_named(struct view name)
{
    for (size_t i = 0; i < analyzer_count; i++) {
        if (view_is(name, analyzers[i]->name))
            return analyzers[i];
    }
    return NULL;
}
