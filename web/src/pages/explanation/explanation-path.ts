// SPDX-License-Identifier: Apache-2.0
/** The address of the page that explains a vulnerability of an image; the server writes the same as a finding's "page". */
export function explanationPath(image: string, vulnerability: string): string {
  return `/images/${encodeURIComponent(image)}/explanations/${encodeURIComponent(vulnerability)}`;
}
