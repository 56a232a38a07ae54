// SPDX-License-Identifier: Apache-2.0
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { rangeText } from '../pages/image/finding-evidence';
import { feedAgeMs } from '../pages/feeds/feeds-page';
import { makeFinding } from '../test/render';
import { shellWord } from './command';
import { Count } from './count';
import { duration, When } from './when';

test('a name from a registry is one word of a shell command', () => {
  expect(shellWord('host:5000/a/b:1.0@sha256:ab')).toBe('host:5000/a/b:1.0@sha256:ab');
  expect(shellWord('a; rm -rf $HOME')).toBe("'a; rm -rf $HOME'");
  expect(shellWord("it's")).toBe("'it'\\''s'");
  expect(shellWord('')).toBe("''");
});

test('a moment is shown in local time with UTC in its title', () => {
  render(<When time="2026-11-21T20:41:07Z" />);
  const local = new Date('2026-11-21T20:41:07Z');
  const time = screen.getByTitle('2026-11-21 20:41:07 UTC');
  expect(time).toHaveTextContent(`${String(local.getHours()).padStart(2, '0')}:41`);
});

test('a moment that cannot be read is not shown as one', () => {
  render(<When time="yesterday" whenNone="never" />);
  expect(screen.getByText('never')).toBeInTheDocument();
});

test('a duration is given in its largest unit', () => {
  expect([duration(0), duration(1_000), duration(119_000), duration(3 * 86_400_000)]).toEqual([
    'less than a second',
    '1 second',
    '1 minute',
    '3 days',
  ]);
});

test('an unknown number is a dash, not a zero', () => {
  render(<Count value={null} />);
  expect(screen.getByText('–')).toBeInTheDocument();
  expect(screen.getByText('not known')).toBeInTheDocument();
});

test('a range reads as a comparison', () => {
  const evidence = makeFinding('f').attributes.evidence[0]!;
  expect(rangeText(evidence)).toBe('version < 1.1.1w-0+deb11u1');
  expect(rangeText({ ...evidence, introduced: '1.0', fixed: null, last_affected: '1.4' })).toBe('1.0 ≤ version ≤ 1.4');
  expect(rangeText({ ...evidence, fixed: null })).toBe('all versions');
  expect(rangeText({ ...evidence, is_listed: true })).toContain('is listed as affected');
});

test('a feed of a folder is as old as its newest record, one of an address as its last check', () => {
  const feed = {
    name: 'osv/Go',
    ecosystem: 'Go',
    date: '2026-11-01T00:00:00Z',
    checked_at: '2026-11-20T00:00:00Z',
    records: 1,
    gap_count: 0,
    is_complete: true,
    incomplete_reason: null,
    is_demo: false,
    source: '/srv/feeds',
  };
  const nowMs = Date.parse('2026-11-21T00:00:00Z');
  expect(feedAgeMs(feed, nowMs)).toBe(20 * 86_400_000);
  expect(feedAgeMs({ ...feed, source: 'https://mirror.test' }, nowMs)).toBe(86_400_000);
  expect(feedAgeMs({ ...feed, date: null }, nowMs)).toBeNull();
});
