// SPDX-License-Identifier: Apache-2.0
import { Alert } from '@patternfly/react-core';
import type { Notice } from '../api/types';
import { isDemoNotice } from '../components/demo';

/** Above everything on every page, and not to be closed: the numbers below are not the truth about these images. */
export function DemoBanner({ notices }: { notices: Notice[] }) {
  const demo = notices.filter(isDemoNotice);
  if (demo.length === 0) {
    return null;
  }
  return (
    <div className="tw-demo-banner" role="region" aria-label="Demo data">
      <strong>DEMO DATA</strong>
      <span>{demo.map((notice) => notice.text).join(' ')}</span>
    </div>
  );
}

/** What else the server wants every reader to know, such as a stale feed or a weakened sandbox. */
export function Notices({ notices }: { notices: Notice[] }) {
  const others = notices.filter((notice) => !isDemoNotice(notice));
  if (others.length === 0) {
    return null;
  }
  return (
    <div className="tw-notices">
      {others.map((notice, i) => (
        <Alert key={i} isInline variant={notice.kind === 'info' ? 'info' : 'warning'} title={notice.text} />
      ))}
    </div>
  );
}
