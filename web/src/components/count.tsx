// SPDX-License-Identifier: Apache-2.0
import { DemoTag, useIsDemo } from './demo';

interface CountProps {
  /** null: nobody knows, which is not zero. */
  value: number | null | undefined;
  /** The number is a lower bound, shown as "≥ 3". */
  isMinimum?: boolean;
  whenUnknown?: string;
}

export function countText(value: number, isMinimum: boolean): string {
  return `${isMinimum ? '≥\u00a0' : ''}${value.toLocaleString('en')}`;
}

/** A number of findings: marked where it is a minimum, and marked as demo data where it is. */
export function Count({ value, isMinimum = false, whenUnknown = 'not known' }: CountProps) {
  const isDemo = useIsDemo();
  if (value === null || value === undefined) {
    return (
      <span className="tw-muted" title={whenUnknown}>
        <span aria-hidden="true">–</span>
        <span className="pf-v6-screen-reader">{whenUnknown}</span>
      </span>
    );
  }
  return (
    <span className="tw-count">
      <span className={value === 0 ? 'tw-muted' : undefined}>{countText(value, isMinimum)}</span>
      {isDemo && isMinimum && <DemoTag />}
    </span>
  );
}
