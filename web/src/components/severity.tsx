// SPDX-License-Identifier: Apache-2.0
import { Label } from '@patternfly/react-core';
import type { Severity } from '../api/types';
import { countText } from './count';
import { DemoTag, useIsDemo } from './demo';

export const severityNames: Record<Severity, string> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  negligible: 'Negligible',
  unknown: 'Unknown',
};

/** Classes give the colours; the word is always there too. */
export function SeverityLabel({ severity }: { severity: Severity }) {
  const name = severityNames[severity] ?? severity;
  return (
    <Label isCompact className={`tw-severity tw-severity-${severity}`}>
      {name}
    </Label>
  );
}

interface SeverityCountProps {
  severity: Severity;
  value: number;
  isMinimum: boolean;
  /** Says the severity where no column heading does. */
  isNamed?: boolean;
}

export function SeverityCount({ severity, value, isMinimum, isNamed = false }: SeverityCountProps) {
  const isDemo = useIsDemo();
  return (
    <span className="tw-count">
      {value === 0 && !isMinimum ? (
        <span className="tw-muted">0</span>
      ) : (
        <Label isCompact className={`tw-severity tw-severity-${value === 0 ? 'none' : severity}`}>
          {countText(value, isMinimum)}
          <span className={isNamed ? undefined : 'pf-v6-screen-reader'}> {severityNames[severity]}</span>
        </Label>
      )}
      {isDemo && isMinimum && <DemoTag />}
    </span>
  );
}
