/* SPDX-License-Identifier: Apache-2.0 */
/* What an image's config tells of how it was made: the steps of its history as a Dockerfile has them, and its base. Builders
   write them differently: the classic one "/bin/sh -c apt-get …" and
   "/bin/sh -c #(nop)  ADD …", BuildKit "RUN |1 A=b /bin/sh -c apt-get … # buildkit". Pure. */
#ifndef IMAGE_HISTORY_H
#define IMAGE_HISTORY_H

#include "image/manifest.h"

/* Without what the builder put around it: the command of a RUN, else the whole instruction. Borrowed from `created_by`. */
struct view instruction_step(struct view created_by);

/* The instruction for people: with its keyword, in one line, and cut where it is long. */
struct view instruction_text(struct arena *arena, struct view created_by);

/* The image that this one was built on, as the label org.opencontainers.image.base.name says; empty if there is none. */
struct view image_base_label(const struct image_config *config);

#endif
