/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as lower-case hexadecimal digits. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>

/* Writes two digits a byte and a NUL into `text`, which has room for 2 * size + 1. */
void hex_write(char *text, const unsigned char *bytes, size_t size);

#endif
