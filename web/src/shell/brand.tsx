// SPDX-License-Identifier: Apache-2.0
/** The mark: a boat under its flag on the tide. The icon of the tab (mark.svg) is the same drawing. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#0b4a6f" />
      <path
        d="M16 4.5v12M16 6.5l6.5 3.2L16 12.6"
        fill="none"
        stroke="#ffd166"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M7 15.5h18l-2.6 5.5H9.6z" fill="#fff" />
      <path
        d="M4.5 23.2c2.3-1.9 4.6-1.9 6.9 0s4.6 1.9 6.9 0 4.6-1.9 6.9 0l2.3 1.3M7.5 27.4c1.9-1.4 3.8-1.4 5.7 0s3.8 1.4 5.7 0 3.8-1.4 5.7 0"
        fill="none"
        stroke="#6fd3e3"
        strokeWidth="2"
        strokeLinecap="round"
      />
    </svg>
  );
}
