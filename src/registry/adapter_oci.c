/* SPDX-License-Identifier: Apache-2.0 */
/* Any registry of the OCI distribution protocol: the catalog, tags, and one HEAD a tag. It knows no push times. */
#include "registry/vendor.h"

extern const struct adapter_type adapter_oci;

static bool oci_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    *adapter = adapter_new(&adapter_oci, sizeof(**adapter), options);
    return adapter_connect(*adapter, &(*adapter)->options, err);
}

const struct adapter_type adapter_oci = {
    .name = "oci",
    .title = "OCI registry",
    .has_catalog = true,
    .open = oci_open,
};
