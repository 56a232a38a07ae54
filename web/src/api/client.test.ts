// SPDX-License-Identifier: Apache-2.0
import { expect, test, vi } from 'vitest';
import { ApiError, getDocument, linkCursor, resourceAddress } from './client';
import { printable } from './printable';

test('every address names the version and leaves empty parameters out', () => {
  expect(resourceAddress('/self')).toBe('/rest/self?version=2026-11-21');
  expect(resourceAddress('/x', { search: '', has_fix: false, limit: 20, starting_after: null })).toBe(
    '/rest/x?version=2026-11-21&limit=20',
  );
});

test('a cursor is read from every form of a paging link', () => {
  expect(linkCursor('/rest/x?starting_after=abc&limit=10', 'starting_after')).toBe('abc');
  expect(linkCursor({ href: 'https://host/rest/x?starting_after=a%2Fb' }, 'starting_after')).toBe('a/b');
  expect(linkCursor(null, 'starting_after')).toBeNull();
  expect(linkCursor('/rest/x?starting_after=abc', 'ending_before')).toBeNull();
});

test('a second request carries the ETag, and a 304 gives the first answer again', async () => {
  const headers: (string | null)[] = [];
  vi.stubGlobal('fetch', (_address: string, options: RequestInit) => {
    const etag = new Headers(options.headers).get('if-none-match');
    headers.push(etag);
    return Promise.resolve(
      etag ? new Response(null, { status: 304 }) : new Response('{"data":[1]}', { headers: { etag: '"one"' } }),
    );
  });
  const first = await getDocument('/orgs');
  const second = await getDocument('/orgs');
  expect(headers).toEqual([null, '"one"']);
  expect(second).toBe(first);
});

test('an error keeps what the server said and the request id', async () => {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(
      new Response('{"errors":[{"id":"e","title":"Conflict","detail":"another sync runs"}]}', {
        status: 409,
        headers: { 'snyk-request-id': 'r-1' },
      }),
    ),
  );
  const error = (await getDocument('/orgs').catch((failure: unknown) => failure)) as ApiError;
  expect(error).toBeInstanceOf(ApiError);
  expect([error.status, error.requestId, error.message]).toEqual([409, 'r-1', 'another sync runs']);
});

test('an answer that is not ours and a dead server are errors in words', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 502 })));
  await expect(getDocument('/orgs')).rejects.toThrow('proxy');
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>')));
  await expect(getDocument('/orgs')).rejects.toThrow('not a JSON:API document');
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')));
  await expect(getDocument('/orgs')).rejects.toThrow('tidewaiter serve');
});

test('characters that nobody sees are shown, lines stay', () => {
  expect(printable('a\u202eb\u0007\u200bc\nd\te é 😀')).toBe('a\\u{202e}b\\u{7}\\u{200b}c\nd\te é 😀');
});
