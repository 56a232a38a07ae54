// SPDX-License-Identifier: Apache-2.0
import { useContext } from 'react';
import { SelfContext } from '../api/queries';
import type { Notice } from '../api/types';

export function isDemoNotice(notice: Notice): boolean {
  return notice.kind === 'demo-data';
}

/** True where the server matches against the demo's built-in vulnerabilities: no number is the whole number. */
export function useIsDemo(): boolean {
  const self = useContext(SelfContext);
  return self?.attributes.notices.some(isDemoNotice) ?? false;
}

export function DemoTag() {
  return (
    <span className="tw-demo-tag">
      Demo<span className="pf-v6-screen-reader"> data</span>
    </span>
  );
}
