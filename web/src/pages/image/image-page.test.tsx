// SPDX-License-Identifier: Apache-2.0
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { list, makeFinding, makeImage, renderApp, selfAnswer, type Answer } from '../../test/render';

function answers(image = makeImage('shop'), findings = [makeFinding('f1')]): Record<string, Answer> {
  return { '/images/shop': { body: { data: image } }, '/images/shop/findings': list(findings) };
}

test('the header tells digest, verdict with reasons, and layers', async () => {
  renderApp('/images/shop', answers());
  expect(await screen.findByRole('heading', { level: 1, name: 'registry.test/shop:1' })).toBeInTheDocument();
  expect(screen.getByText(`sha256:${'a'.repeat(64)}`)).toBeInTheDocument();
  expect(screen.getByText('3 findings are critical')).toBeInTheDocument();
  expect(screen.getByText('3 (1 fetched, 2 shared)')).toBeInTheDocument();
});

test('the filters are what the server is asked for', async () => {
  const asked = renderApp('/images/shop', answers());
  await userEvent.click(await screen.findByRole('button', { name: /^Critical/ }));
  await userEvent.click(screen.getByRole('button', { name: /^High/ }));
  await userEvent.click(screen.getByRole('switch', { name: 'With a fix only' }));
  const last = () => asked.filter((url) => url.pathname.endsWith('/findings')).at(-1)!.searchParams;
  await expect.poll(() => [last().get('severity'), last().get('has_fix')]).toEqual(['critical,high', 'true']);
  await userEvent.click(screen.getByRole('button', { name: /^Critical/ }));
  await expect.poll(() => last().get('severity')).toBe('high');
  expect(screen.getByRole('button', { name: /^High/ })).toHaveAttribute('aria-pressed', 'true');
});

test('a finding opens to its evidence and the command that checks it', async () => {
  renderApp('/images/shop', answers());
  await userEvent.click(await screen.findByRole('button', { name: 'Details' }));
  expect(screen.getByText('version < 1.1.1w-0+deb11u1')).toBeInTheDocument();
  expect(screen.getByText('dpkg')).toBeInTheDocument();
  expect(
    screen.getByText(`tidewaiter explain registry.test/shop:1@sha256:${'a'.repeat(64)} CVE-2023-40000`),
  ).toBeInTheDocument();
});

test('markup in a summary is text', async () => {
  renderApp('/images/shop', answers(undefined, [makeFinding('f1', { summary: '<img src=x onerror=alert(1)>' })]));
  await userEvent.click(await screen.findByRole('button', { name: 'Details' }));
  expect(screen.getByText('<img src=x onerror=alert(1)>')).toBeInTheDocument();
  expect(document.querySelector('img')).toBeNull();
});

test('what is not fixed says why', async () => {
  renderApp(
    '/images/shop',
    answers(undefined, [makeFinding('f1', { fix_state: 'wont-fix', fixed_versions: [], severity: 'unknown' })]),
  );
  expect(await screen.findByText('will not be fixed')).toBeInTheDocument();
});

test('no finding is called "no vulnerability" only where everything was read', async () => {
  const nothing = { severity_counts: null, vulnerability_count: 0 };
  renderApp('/images/shop', answers(makeImage('shop', { ...nothing, verdict: 'could-not-tell' }), []));
  expect(await screen.findByText(/not everything could be read/)).toBeInTheDocument();
});

test('demo data never says that nothing is known', async () => {
  const image = makeImage('shop', { counts_are_minimum: true, verdict: 'passed', vulnerability_count: 0 });
  renderApp('/images/shop', answers(image, []), selfAnswer([{ kind: 'demo-data', text: 'few' }]));
  expect(await screen.findByText(/not everything could be read or matched/)).toBeInTheDocument();
});

test('an artifact has no result to look at', async () => {
  renderApp('/images/shop', answers(makeImage('shop', { is_image: false, artifact_type: 'text/plain' })));
  expect(await screen.findByText(/neither that they are clean/)).toBeInTheDocument();
  expect(screen.queryByText('Findings')).not.toBeInTheDocument();
});

test('gaps name what, why and the consequence', async () => {
  renderApp('/images/shop/gaps', {
    ...answers(),
    '/images/shop/gaps': list([
      {
        type: 'scan_gap',
        id: 'g',
        attributes: { kind: 'broken-database', path: 'a/b', reason: 'page 14', consequence: 'packages may be missing' },
      },
    ]),
  });
  const row = (await screen.findByText('broken database')).closest('tr')!;
  expect(row).toHaveTextContent('a/b');
  expect(row).toHaveTextContent('page 14');
  expect(row).toHaveTextContent('packages may be missing');
});

test('a package without findings is not called clean by demo data', async () => {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 };
  const row = {
    ...makeFinding('f1').attributes.package,
    path: 'a',
    layer: 0,
    layer_digest: null,
    severity_counts: counts,
  };
  renderApp(
    '/images/shop/packages',
    {
      ...answers(makeImage('shop', { counts_are_minimum: true })),
      '/images/shop/packages': { body: { data: [{ type: 'package', id: 'p', attributes: row }] } },
    },
    selfAnswer([{ kind: 'demo-data', text: 'few' }]),
  );
  const cell = (await screen.findByText('libssl1.1')).closest('tr')!.querySelector('[data-label="Findings"]');
  expect(cell).toHaveTextContent('≥ 0Demo data');
});
