/* SPDX-License-Identifier: Apache-2.0 */
#include "image/history.h"
#include "tests/unit/test.h"

static void strips_what_builders_add(void **state)
{
    static const struct {
        const char *created_by;
        const char *step;
        const char *text;
    } cases[] = {
        {"/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD [\"bash\"]", "CMD [\"bash\"]"},
        {"/bin/sh -c apt-get update", "apt-get update", "RUN apt-get update"},
        {"RUN /bin/sh -c apk add curl # buildkit", "apk add curl", "RUN apk add curl"},
        {"RUN |1 VERSION=1.2 /bin/sh -c make \tall # buildkit", "make \tall", "RUN make all"},
        {"|2 A=b C=d /bin/sh -c pip install x", "pip install x", "RUN pip install x"},
        {"COPY . /app # buildkit", "COPY . /app", "COPY . /app"},
        {"RUN dnf -y upgrade", "dnf -y upgrade", "RUN dnf -y upgrade"},
        {"|broken", "|broken", "|broken"},
        {"bazel build ...", "bazel build ...", "bazel build ..."},
        {"RUN set -e;\n    make", "set -e;\n    make", "RUN set -e; make"},
        {"", "", ""},
        {"RUN ", "RUN", "RUN"},
    };
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_view_equal(instruction_step(view_text(cases[i].created_by)), cases[i].step);
        assert_view_equal(instruction_text(arena, view_text(cases[i].created_by)), cases[i].text);
    }
}

static void cuts_long_steps_between_characters(void **state)
{
    char step[1024] = "RUN x";
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = strlen(step); i + 2 < sizeof(step); i += 2)
        memcpy(step + i, "ä", 2);
    step[sizeof(step) - 1] = '\0';
    struct view text = instruction_text(arena, view_of(step, 1001));
    assert_true(text.size < 420);
    assert_true(view_is_utf8(text));
    assert_true(view_ends_with(text, "…"));
}

static void finds_the_label_of_the_base(void **state)
{
    struct image_setting labels[] = {{view_text("a"), view_text("b")},
        {view_text("org.opencontainers.image.base.name"), view_text("docker.io/library/debian:12")}};
    struct image_config config = {.labels = labels, .label_count = 1};
    (void)state;
    assert_view_equal(image_base_label(&config), "");
    config.label_count = 2;
    assert_view_equal(image_base_label(&config), "docker.io/library/debian:12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_what_builders_add),
        cmocka_unit_test(cuts_long_steps_between_characters),
        cmocka_unit_test(finds_the_label_of_the_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
