// SPDX-License-Identifier: Apache-2.0
const two = (value: number) => String(value).padStart(2, '0');

// In the order that sorts.
function localDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function localMinute(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function utcTime(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** "just now", "5 minutes", "3 days": the largest unit that fits, rounded down. */
export function duration(ms: number): string {
  const units: [string, number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ];
  for (const [unit, unitMs] of units) {
    const count = Math.floor(ms / unitMs);
    if (count >= 1) {
      return `${count} ${unit}${count === 1 ? '' : 's'}`;
    }
  }
  return 'less than a second';
}

/** A moment in local time; the title gives it in UTC. */
export function When({ time, whenNone = '–' }: { time: string | null | undefined; whenNone?: string }) {
  const date = time ? new Date(time) : null;
  if (date === null || Number.isNaN(date.getTime())) {
    return <span className="tw-muted">{whenNone}</span>;
  }
  return (
    <time dateTime={date.toISOString()} title={utcTime(date)}>
      <span className="tw-nowrap">{localDay(date)}</span> <span className="tw-nowrap">{localMinute(date)}</span>
    </time>
  );
}
