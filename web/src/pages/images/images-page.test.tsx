// SPDX-License-Identifier: Apache-2.0
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { list, makeImage, renderApp, selfAnswer } from '../../test/render';

const demo = selfAnswer([{ kind: 'demo-data', text: 'Built-in vulnerabilities only.' }]);

async function rowOf(reference: string): Promise<HTMLElement> {
  const isLink = (_text: string, element: Element | null) =>
    element?.tagName === 'A' && element.textContent === reference;
  return (await screen.findByText(isLink)).closest('tr')!;
}

function cell(row: HTMLElement, label: string): HTMLElement {
  return row.querySelector<HTMLElement>(`[data-label="${label}"]`)!;
}

test('a scanned image shows its counts, a dash for KEV and its verdict', async () => {
  renderApp('/images', { '/images': list([makeImage('shop')]) });
  const row = await rowOf('registry.test/shop:1');
  expect(cell(row, 'Platform')).toHaveTextContent('linux/amd64');
  expect(cell(row, 'Packages')).toHaveTextContent('88');
  expect(cell(row, 'Critical')).toHaveTextContent('3 Critical');
  expect(cell(row, 'High')).toHaveTextContent(/^0$/);
  expect(cell(row, 'Unknown')).toHaveTextContent('2 Unknown');
  expect(cell(row, 'Fixable')).toHaveTextContent('4');
  expect(cell(row, 'KEV')).toHaveTextContent('–');
  expect(cell(row, 'Verdict')).toHaveTextContent('Failed');
  expect(screen.queryByText(/demo/i)).not.toBeInTheDocument();
});

test('demo data is said above the page, in the title and beside every count', async () => {
  renderApp('/images', { '/images': list([makeImage('shop', { counts_are_minimum: true })]) }, demo);
  const row = await rowOf('registry.test/shop:1');
  expect(screen.getByText('DEMO DATA')).toBeInTheDocument();
  expect(document.title).toMatch(/^DEMO DATA/);
  for (const label of ['Critical', 'High', 'Medium', 'Low', 'Unknown', 'Fixable']) {
    expect(cell(row, label)).toHaveTextContent(/^≥\s\d+.*Demo data$/);
  }
  expect(cell(row, 'High')).toHaveTextContent('≥ 0');
});

test('an artifact is "not an image" with its type, and has neither counts nor a verdict', async () => {
  const artifact = makeImage('chart', {
    is_image: false,
    artifact_type: 'application/vnd.cncf.helm.config.v1+json',
    platform: null,
    severity_counts: { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 },
    verdict: 'passed',
  });
  renderApp('/images', { '/images': list([artifact]) });
  const row = await rowOf('registry.test/chart:1');
  expect(row).toHaveTextContent('Not an image');
  expect(row).toHaveTextContent('application/vnd.cncf.helm.config.v1+json');
  expect(within(row).queryByText(/passed|clean/i)).not.toBeInTheDocument();
  expect(cell(row, 'Critical')).toBeNull();
});

test('a waiting and a failed image say so, with the reason, and show no counts', async () => {
  const unscanned = { scanned_at: null, severity_counts: null, package_count: null, verdict: null };
  renderApp('/images', {
    '/images': list([
      makeImage('new', { ...unscanned, state: 'pending' }),
      makeImage('lost', { ...unscanned, state: 'failed', error: 'the registry answered 404 to the blob' }),
    ]),
  });
  expect(await rowOf('registry.test/new:1')).toHaveTextContent('Waiting for its scan');
  const failed = await rowOf('registry.test/lost:1');
  expect(failed).toHaveTextContent('Scan failed the registry answered 404 to the blob');
  expect(cell(failed, 'Critical')).toBeNull();
});

test('a failed rescan keeps the counts of the last result beside the reason', async () => {
  renderApp('/images', { '/images': list([makeImage('old', { state: 'failed', error: 'refused' })]) });
  const row = await rowOf('registry.test/old:1');
  expect(row).toHaveTextContent('Scan failed refused');
  expect(cell(row, 'Critical')).toHaveTextContent('3');
});

test('an empty list gives the commands to go on with', async () => {
  renderApp('/images', { '/images': list([]) });
  expect(await screen.findByText('tidewaiter sync run')).toBeInTheDocument();
  expect(screen.getByText(/tidewaiter integration add/)).toBeInTheDocument();
  expect(screen.getByText(/tidewaiter feed update/)).toBeInTheDocument();
});

test('searching asks the server, from its first page', async () => {
  const asked = renderApp('/images?after=cursor', { '/images': list([makeImage('shop')]) });
  await userEvent.type(await screen.findByRole('textbox', { name: 'Search images' }), 'nginx');
  await expect.poll(() => asked.at(-1)!.searchParams.get('search')).toBe('nginx');
  expect(asked.at(-1)!.searchParams.has('starting_after')).toBe(false);
});

test('the next page is asked for by the cursor of the link', async () => {
  const asked = renderApp('/images', {
    '/images': list([makeImage('shop')], { next: '/rest/x?starting_after=c1&limit=50' }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Next' }));
  await expect.poll(() => asked.at(-1)!.searchParams.get('starting_after')).toBe('c1');
  expect(screen.getByRole('button', { name: 'Previous' })).toBeDisabled();
});

test('an error is an alert with the reason and the request id', async () => {
  renderApp('/images', {
    '/images': {
      status: 400,
      body: { errors: [{ title: 'A parameter is not valid', detail: 'limit must be a multiple of 10' }] },
      headers: { 'snyk-request-id': '7d0f2a52' },
    },
  });
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('limit must be a multiple of 10');
  expect(alert).toHaveTextContent('7d0f2a52');
});

test('without a session every page is the sign-in page', async () => {
  renderApp('/images', {}, { status: 401, body: { errors: [{ title: 'Unauthorized' }] } });
  expect(await screen.findByText('one-time link')).toBeInTheDocument();
  expect(screen.getByText('tidewaiter sign-in')).toBeInTheDocument();
  expect(screen.queryByRole('navigation', { name: 'Pages' })).not.toBeInTheDocument();
});
