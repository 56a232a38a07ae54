/* SPDX-License-Identifier: Apache-2.0 */
/* By the steps that built the image, as its history tells them, and by what they left in the environment. */
#include "policy/rule.h"

#include "image/history.h"
#include "policy/secret_text.h"

/* Longer steps are cut in reasons. */
enum { STEP_BYTES_SHOWN = 120 };

static struct view describe(struct arena *arena, struct view step)
{
    size_t size = step.size < STEP_BYTES_SHOWN ? step.size : STEP_BYTES_SHOWN;
    while (size > 0 && size < step.size && ((unsigned char)step.data[size] & 0xc0) == 0x80)
        size--;
    return arena_format(arena, "step \"%.*s%s\"", (int)size, step.data, size < step.size ? "…" : "");
}

static struct view step_of(const struct policy_image *image, size_t i)
{
    return instruction_step(image->config->instructions[i]);
}

/* The first step of an image's history is the file system that it starts with, for which ADD is right. */
static enum answer is_not_recommended(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    (void)predicate;
    for (size_t i = 0; i < image->config->instruction_count; i++) {
        struct view step = step_of(image, i);
        bool is_archive = view_find_text(step, view_text(".tar")) < step.size;
        if (view_starts_with(step, "MAINTAINER ") || (i > 0 && view_starts_with(step, "ADD ") && !is_archive)) {
            *reason = arena_format(arena, "%.*s: %s", VIEW_PRINT(describe(arena, step)),
                step.data[0] == 'M' ? "a label in place of MAINTAINER" : "COPY in place of ADD");
            return ANSWER_YES;
        }
    }
    return ANSWER_NO;
}

static bool is_separator(char byte)
{
    return strchr(" \t\n;&|()", byte) != NULL;
}

static struct view next_word(struct view *rest)
{
    while (rest->size > 0 && is_separator(rest->data[0]))
        *rest = view_from(*rest, 1);
    size_t size = 0;
    while (size < rest->size && !is_separator(rest->data[size]))
        size++;
    struct view word = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size);
    return word;
}

static bool is_one_of(struct view word, const char *const *words)
{
    while (*words != NULL && !view_is(word, *words))
        words++;
    return *words != NULL;
}

/* A package manager, and then, perhaps after options, what makes it install. */
static bool installs(struct view step)
{
    static const char *const managers[] = {"apk", "apt", "apt-get", "aptitude", "bundle", "cargo", "conda", "dnf",
        "gem", "microdnf", "npm", "pacman", "pip", "pip3", "pnpm", "tdnf", "yarn", "yum", "zypper", NULL};
    static const char *const verbs[] = {"-S", "-Sy", "-Syu", "add", "dist-upgrade", "full-upgrade", "i", "in",
        "install", "localinstall", "reinstall", "update", "upgrade", NULL};
    bool is_after_manager = false;
    while (step.size > 0) {
        struct view word = next_word(&step);
        if (is_after_manager && is_one_of(word, verbs))
            return true;
        is_after_manager = is_one_of(word, managers) || (is_after_manager && view_starts_with(word, "-"));
    }
    return false;
}

static enum answer is_package_manager(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    (void)predicate;
    for (size_t i = 0; i < image->config->instruction_count; i++) {
        struct view step = step_of(image, i);
        if (installs(step)) {
            *reason = arena_format(arena, "%.*s installs with a package manager", VIEW_PRINT(describe(arena, step)));
            return ANSWER_YES;
        }
    }
    return ANSWER_NO;
}

/* Neither the value nor the step is repeated. */
static enum answer holds_secret(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    (void)predicate;
    const struct image_config *config = image->config;
    for (size_t i = 0; i < config->environment_count; i++) {
        if (secret_text_is_variable(config->environment[i].name, config->environment[i].value)) {
            *reason =
                arena_format(arena, "the variable \"%.*s\" holds a secret", VIEW_PRINT(config->environment[i].name));
            return ANSWER_YES;
        }
    }
    for (size_t i = 0; i < config->instruction_count; i++) {
        if (secret_text_is_in(step_of(image, i))) {
            *reason = arena_format(arena, "build step %zu holds a secret", i + 1);
            return ANSWER_YES;
        }
    }
    return ANSWER_NO;
}

static const struct predicate_kind kinds[] = {
    {.type = "imageConfigInstructionNotRecommended",
        .rule = RULE_INSTRUCTION_NOT_RECOMMENDED,
        .text = "a build step is MAINTAINER, or ADD where COPY would do",
        .image = is_not_recommended},
    {.type = "imageConfigInstructionIsPkgManager",
        .rule = RULE_INSTRUCTION_PACKAGE_MANAGER,
        .text = "a build step installs with a package manager",
        .image = is_package_manager},
    {.type = "imageConfigSensitiveInformationAndSecrets",
        .rule = RULE_INSTRUCTION_SECRET,
        .text = "a build step or an environment variable holds a secret",
        .image = holds_secret},
};

const struct predicate_set rule_instruction = {kinds, sizeof(kinds) / sizeof(kinds[0])};
