// SPDX-License-Identifier: Apache-2.0
// The whole application at one address, over a server of canned answers.
import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import { MemoryRouter } from 'react-router-dom';
import { vi } from 'vitest';
import { makeQueryClient } from '../api/queries';
import type { Feed, Finding, ImageSummary, Notice, ScanGap } from '../api/types';
import { App } from '../app';

export const organization = '00000000-0000-4000-8000-000000000001';
const orgPath = `/rest/orgs/${organization}`;

export interface Answer {
  status?: number;
  body: unknown;
  headers?: Record<string, string>;
}

export function selfAnswer(notices: Notice[] = []): Answer {
  return {
    body: {
      data: {
        type: 'user',
        id: organization,
        attributes: { name: 'admin', organization, permissions: [], csrf_token: 'token', notices },
      },
    },
  };
}

/** Answers by path under the organization ("/images"); the returned list holds the addresses asked for. */
export function renderApp(path: string, answers: Record<string, Answer>, self: Answer = selfAnswer()): URL[] {
  const asked: URL[] = [];
  vi.stubGlobal('fetch', (address: string) => {
    const url = new URL(address, 'http://server');
    asked.push(url);
    const answer = url.pathname === '/rest/self' ? self : answers[url.pathname.replace(orgPath, '')];
    const { status = 200, body, headers } = answer ?? { status: 404, body: { errors: [{ title: 'no such path' }] } };
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers }));
  });
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <MemoryRouter initialEntries={[path]} future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
        <App />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return asked;
}

export function makeImage(id: string, attributes: Partial<ImageSummary['attributes']> = {}): ImageSummary {
  return {
    type: 'image_summary',
    id,
    attributes: {
      reference: `registry.test/${id}:1`,
      integration: 'harbour',
      repository: id,
      tag: '1',
      digest: `sha256:${'a'.repeat(64)}`,
      image_id: `sha256:${'b'.repeat(64)}`,
      platform: 'linux/amd64',
      is_image: true,
      artifact_type: null,
      state: 'scanned',
      error: null,
      distribution: 'Debian GNU/Linux 12 (bookworm)',
      package_count: 88,
      severity_counts: { critical: 3, high: 0, medium: 1, low: 0, negligible: 0, unknown: 2 },
      vulnerability_count: 6,
      fixable_count: 4,
      kev_count: null,
      gap_count: 0,
      counts_are_minimum: false,
      verdict: 'failed',
      verdict_reasons: ['3 findings are critical'],
      layers_fetched: 1,
      layers_shared: 2,
      scanned_at: '2026-11-21T20:41:07Z',
      created_at: '2026-11-21T20:40:55Z',
      ...attributes,
    },
  };
}

export function makeFinding(id: string, attributes: Partial<Finding['attributes']> = {}): Finding {
  return {
    type: 'finding',
    id,
    attributes: {
      vulnerability: 'CVE-2023-40000',
      aliases: ['DSA-5400-1'],
      severity: 'critical',
      severity_source: 'cvss 3.1',
      cvss: [],
      summary: 'A length is not checked.',
      epss_score: 0.25,
      epss_percentile: 0.75,
      kev_added_at: null,
      fix_state: 'fixed',
      fixed_versions: ['1.1.1w-0+deb11u1'],
      package: {
        name: 'libssl1.1',
        version: '1.1.1n-0+deb11u5',
        type: 'deb',
        purl: null,
        source_name: 'openssl',
        source_version: '1.1.1n-0+deb11u5',
        arch: 'amd64',
      },
      locations: [{ path: 'var/lib/dpkg/status', layer: 0, layer_digest: `sha256:${'c'.repeat(64)}` }],
      evidence: [
        {
          feed: 'osv/Debian',
          advisory: 'DEBIAN-CVE-2023-40000',
          ecosystem: 'Debian:11',
          name: 'openssl',
          version: '1.1.1n-0+deb11u5',
          introduced: '0',
          fixed: '1.1.1w-0+deb11u1',
          last_affected: null,
          is_listed: false,
          order: 'dpkg',
          modified: '2026-11-18T03:00:12Z',
        },
      ],
      ...attributes,
    },
  };
}

export function list(data: (ImageSummary | Finding | Feed | ScanGap)[], links = {}): Answer {
  return { body: { data, links, meta: { count: data.length } } };
}
