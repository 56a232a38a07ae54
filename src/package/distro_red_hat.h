/* SPDX-License-Identifier: Apache-2.0 */
/* Products of Red Hat by the names of the repositories that their packages come from. Pure. */
#ifndef PACKAGE_DISTRO_RED_HAT_H
#define PACKAGE_DISTRO_RED_HAT_H

#include "package/distro.h"

/* The product of a repository ("content set") as a CPE 2.2: "rhel-9-for-x86_64-appstream-rpms" is of
   "cpe:/a:redhat:enterprise_linux:9::appstream"; empty if the name follows no rule that is known. */
struct view red_hat_product(struct arena *arena, struct view repository);

/* Whether updates of this product go on after its minor release: "rhel_eus" of "cpe:/o:redhat:rhel_eus:9.4::baseos". */
bool red_hat_is_extended(struct view product);

/* The extended product that the image's repositories and builds tell, as OSV's ecosystems name it: "rhel_eus:9.4::baseos"; one
   of the release that the system says it is goes first. Empty if there is none. */
struct view red_hat_extended_product(struct arena *arena, const struct distro *distro);

/* Takes repositories and builds from the facts, and the products that they tell. */
void distro_add_red_hat(struct arena *arena, const struct distro_fact *facts, size_t count, struct distro *distro);

#endif
