// SPDX-License-Identifier: Apache-2.0
import { Label } from '@patternfly/react-core';
import { CheckCircleIcon, ExclamationCircleIcon, QuestionCircleIcon } from '@patternfly/react-icons';
import type { Verdict } from '../api/types';

const looks = {
  passed: { text: 'Passed', status: 'success', icon: <CheckCircleIcon /> },
  failed: { text: 'Failed', status: 'danger', icon: <ExclamationCircleIcon /> },
  'could-not-tell': { text: 'Could not tell', status: 'warning', icon: <QuestionCircleIcon /> },
} as const;

/** A verdict that this page does not know is shown as it came, never as passed. */
export function VerdictLabel({ verdict, reasons }: { verdict: Verdict | null; reasons: string[] }) {
  if (verdict === null) {
    return (
      <span className="tw-muted" title="no verdict">
        <span aria-hidden="true">–</span>
        <span className="pf-v6-screen-reader">no verdict</span>
      </span>
    );
  }
  const look = looks[verdict];
  return (
    <span title={reasons.join('\n') || undefined}>
      <Label isCompact variant="outline" status={look?.status ?? 'warning'} icon={look?.icon}>
        {look?.text ?? verdict}
      </Label>
    </span>
  );
}
