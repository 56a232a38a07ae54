/* SPDX-License-Identifier: Apache-2.0 */
#include "version/number_list.h"

#include "version/digits.h"

size_t number_list_count(struct view text, const char *separators)
{
    for (size_t count = 1;; count++) {
        if (digits_cut(&text).size == 0)
            return 0;
        if (text.size == 0)
            return count;
        if (text.data[0] == '\0' || strchr(separators, text.data[0]) == NULL)
            return 0;
        text = view_from(text, 1);
    }
}

int number_list_compare(struct view a, struct view b, const char *separators)
{
    bool left_is_list = number_list_count(a, separators) > 0;
    bool right_is_list = number_list_count(b, separators) > 0;
    if (left_is_list != right_is_list)
        return left_is_list ? 1 : -1;
    if (!left_is_list)
        return digits_compare_bytes(a, b);
    for (;;) {
        int order = digits_compare(digits_cut(&a), digits_cut(&b));
        if (order != 0)
            return order;
        if (a.size == 0 || b.size == 0)
            return (a.size > 0) - (b.size > 0);
        a = view_from(a, 1);
        b = view_from(b, 1);
    }
}
