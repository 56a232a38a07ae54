/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/extended.h"

#include "advisory/ecosystem.h"
#include "package/distro_red_hat.h"

static struct view product_of(struct view ecosystem)
{
    struct view release = ecosystem_release(ecosystem);
    return view_cut(&release, ':');
}

bool extended_is_stream(struct view ecosystem)
{
    return view_is(ecosystem_base(ecosystem), "Red Hat") && red_hat_is_extended(product_of(ecosystem));
}

bool extended_is_own(struct view advisory_ecosystem, struct view package_ecosystem)
{
    return extended_is_stream(package_ecosystem) &&
           view_equal(product_of(advisory_ecosystem), product_of(package_ecosystem));
}

/* The number at the start; -1 if there is none. */
static int64_t take_number(struct view *text)
{
    size_t size = 0;
    int64_t number = -1;
    while (size < text->size && text->data[size] >= '0' && text->data[size] <= '9')
        size++;
    struct view digits = view_slice(*text, 0, size);
    *text = view_from(*text, size);
    return view_to_integer(digits, &number) ? number : -1;
}

/* 5 of "503.11.1.el9_5" and of "1.module+el9.5.0+22759+4c1cc9ab"; -1 for "1.el9" and all else. */
static int64_t minor_of_build(struct view version)
{
    size_t at = view_find_text(version, view_text(".el"));
    bool is_module = at == version.size;
    if (is_module)
        at = view_find_text(version, view_text("+el"));
    struct view rest = view_from(version, at + 3);
    if (take_number(&rest) < 0 || rest.size == 0 || rest.data[0] != (is_module ? '.' : '_'))
        return -1;
    rest = view_from(rest, 1);
    return take_number(&rest);
}

bool extended_is_beyond(struct view package_ecosystem, struct view fixed)
{
    struct view release = ecosystem_release(package_ecosystem);
    (void)view_cut(&release, ':');
    struct view number = view_cut(&release, ':');
    (void)view_cut(&number, '.');
    int64_t minor = take_number(&number);
    return extended_is_stream(package_ecosystem) && minor >= 0 && minor_of_build(fixed) > minor;
}
