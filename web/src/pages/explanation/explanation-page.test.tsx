// SPDX-License-Identifier: Apache-2.0
import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { makeFinding, makeImage, renderApp, type Answer } from '../../test/render';

const path = '/images/shop/explanations/CVE-2023-40000';
const remedy = {
  severity_reason: 'the advisory says so',
  origin: 'base',
  base_image: 'registry.test/base:1',
  instruction: 'RUN apt-get install openssl',
  smallest_fixed_version: '1.1.1w-0+deb11u1',
  change: 'Take a newer base image.',
  command: 'docker build --pull .',
};

function answers(attributes: object = {}, findings: object[] = [{ ...makeFinding('f').attributes, ...remedy }]) {
  const explanation = {
    reference: 'registry.test/shop:1',
    platform: 'linux/amd64',
    is_reported: findings.length > 0,
    findings,
    suppressed_count: 0,
    asked_feeds: [{ name: 'osv/Debian', date: '2026-11-18T03:00:12Z', record_count: 5, is_complete: true }],
    gap_count: 0,
    ...attributes,
  };
  return {
    '/images/shop': { body: { data: makeImage('shop') } },
    [path]: { body: { data: { type: 'explanation', id: 'CVE-2023-40000', attributes: explanation } } },
  } as Record<string, Answer>;
}

test('the page tells why, what to change, what brought it and the evidence', async () => {
  renderApp(path, answers());
  expect(await screen.findByRole('heading', { level: 1, name: 'CVE-2023-40000' })).toBeInTheDocument();
  expect(await screen.findByRole('heading', { level: 2, name: /libssl1.1 1.1.1n-0\+deb11u5/ })).toBeInTheDocument();
  for (const text of [
    'Take a newer base image.',
    'docker build --pull .',
    'the advisory says so',
    'a layer of the base image registry.test/base:1',
    'RUN apt-get install openssl',
    'version < 1.1.1w-0+deb11u1',
  ]) {
    expect(screen.getByText(text)).toBeInTheDocument();
  }
  expect(screen.getByRole('link', { name: 'registry.test/shop:1' })).toHaveAttribute('href', '/images/shop');
});

test('what nobody knows is said, and steps that do not fit are left out', async () => {
  const unknown = {
    origin: 'unknown',
    base_image: null,
    instruction: null,
    smallest_fixed_version: null,
    command: null,
  };
  renderApp(path, answers({}, [{ ...makeFinding('f').attributes, ...remedy, ...unknown }]));
  expect(await screen.findByText(/^not known: neither/)).toBeInTheDocument();
  expect(screen.getByText('none is known')).toBeInTheDocument();
  expect(screen.queryByText('Command')).not.toBeInTheDocument();
  expect(screen.queryByText('Instruction')).not.toBeInTheDocument();
});

test('what is not reported is not called clean', async () => {
  renderApp(path, answers({ gap_count: 2, suppressed_count: 1 }, []));
  expect(await screen.findByText(/No finding of this image/)).toBeInTheDocument();
  expect(screen.getByText(/the image has 2 gaps/)).toBeInTheDocument();
  expect(screen.getByText(/match 1 packages/)).toBeInTheDocument();
  expect(screen.getByText(/osv\/Debian/)).toBeInTheDocument();
});

test('an image that is gone is named so', async () => {
  renderApp(path, {});
  expect(await screen.findByText('There is no such image')).toBeInTheDocument();
});
