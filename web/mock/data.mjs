// SPDX-License-Identifier: Apache-2.0
// Canned answers in the shapes of /rest, with one row of each kind that the pages must tell apart. Text that a hostile
// registry or feed could send is among them.
import { createHash } from 'node:crypto';

const digest = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const uuid = (number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const organization = uuid(1);

const hostile = '<img src=x onerror="document.title=1">';

function counts(critical, high, medium, low, negligible, unknown) {
  return { critical, high, medium, low, negligible, unknown };
}

function image(number, reference, attributes) {
  const [name, tag = null] = reference.split(/:(?=[^/]*$)/);
  const severity = attributes.severity_counts;
  return {
    type: 'image_summary',
    id: uuid(100 + number),
    attributes: {
      reference,
      integration: 'harbour',
      repository: name.split('/').slice(1).join('/'),
      tag,
      digest: digest(reference),
      image_id: digest(`config ${reference}`),
      platform: 'linux/amd64',
      is_image: true,
      artifact_type: null,
      state: 'scanned',
      error: null,
      distribution: 'Debian GNU/Linux 12 (bookworm)',
      package_count: 0,
      vulnerability_count: severity ? Object.values(severity).reduce((sum, value) => sum + value, 0) : null,
      severity_counts: null,
      fixable_count: null,
      kev_count: null,
      gap_count: 0,
      counts_are_minimum: false,
      verdict: null,
      verdict_reasons: [],
      layers_fetched: 1,
      layers_shared: 0,
      scanned_at: '2026-11-21T20:41:07Z',
      created_at: '2026-11-21T20:40:55Z',
      ...attributes,
    },
  };
}

export const images = [
  image(1, '127.0.0.1:5000/shop/checkout:2.14.0', {
    distribution: 'Debian GNU/Linux 11 (bullseye)',
    package_count: 117,
    severity_counts: counts(2, 9, 17, 6, 3, 10),
    fixable_count: 41,
    gap_count: 2,
    verdict: 'failed',
    verdict_reasons: ['2 findings are critical, the limit is high', '9 findings are high, the limit is high'],
    layers_fetched: 3,
    layers_shared: 2,
  }),
  image(2, '127.0.0.1:5000/base/debian:12', {
    package_count: 88,
    severity_counts: counts(0, 0, 0, 0, 0, 1),
    fixable_count: 0,
    verdict: 'could-not-tell',
    verdict_reasons: ['1 finding has no severity'],
  }),
  image(3, '127.0.0.1:5000/base/alpine:3.22', {
    distribution: 'Alpine Linux v3.22',
    platform: 'linux/arm64/v8',
    package_count: 16,
    severity_counts: counts(0, 0, 0, 0, 0, 0),
    fixable_count: 0,
    verdict: 'passed',
  }),
  image(4, '127.0.0.1:5000/shop/checkout:sha256-7c1f.att', {
    is_image: false,
    artifact_type: 'application/vnd.in-toto+json',
    platform: null,
    distribution: null,
    package_count: null,
    gap_count: null,
    layers_fetched: null,
    layers_shared: null,
    scanned_at: null,
  }),
  image(5, '127.0.0.1:5000/tools/builder:latest', {
    state: 'pending',
    distribution: null,
    package_count: null,
    gap_count: null,
    scanned_at: null,
    layers_fetched: null,
    layers_shared: null,
  }),
  image(6, '127.0.0.1:5000/legacy/reports:1.0', {
    state: 'failed',
    error: 'could not read layer "sha256:5d20…": the registry answered 404 to the blob; push the image again',
    distribution: null,
    package_count: null,
    gap_count: null,
    scanned_at: null,
    layers_fetched: null,
    layers_shared: null,
  }),
  image(7, `127.0.0.1:5000/odd/names:${'very-long-tag-'.repeat(6)}end`, {
    distribution: `none \u202egnp.exe ${hostile}`,
    package_count: 3,
    severity_counts: counts(0, 1, 0, 0, 0, 0),
    fixable_count: 1,
    gap_count: 1,
    verdict: 'could-not-tell',
    verdict_reasons: ['no complete feed covers the distribution'],
  }),
];

for (let number = 8; number <= 57; number++) {
  images.push(
    image(number, `127.0.0.1:5000/fleet/service-${String(number).padStart(2, '0')}:1.${number}.0`, {
      package_count: 90 + number,
      severity_counts: counts(number % 3 === 0 ? 1 : 0, number % 7, number % 11, number % 5, 0, number % 2),
      fixable_count: number % 9,
      verdict: number % 3 === 0 ? 'failed' : 'passed',
      verdict_reasons: number % 3 === 0 ? ['1 finding is critical, the limit is critical'] : [],
      layers_fetched: 1,
      layers_shared: 4,
    }),
  );
}

const sources = [
  ['openssl', 'libssl1.1', '1.1.1n-0+deb11u5', '1.1.1w-0+deb11u1'],
  ['python3.9', 'libpython3.9-stdlib', '3.9.2-1', '3.9.2-1+deb11u3'],
  ['nodejs', 'libnode72', '12.22.12~dfsg-1~deb11u4', null],
  ['zlib', 'zlib1g', '1:1.2.11.dfsg-2+deb11u2', null],
  ['ncurses', 'libncursesw6', '6.2+20201114-2+deb11u2', null],
];
const severityOrder = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];
const unfixed = ['not-fixed', 'wont-fix', 'deferred', 'end-of-life', 'unknown'];

function finding(number, severity) {
  const [source, name, version, fixed] = sources[number % sources.length];
  const vulnerability = `CVE-2023-${40_000 + number}`;
  const layer = digest(`layer ${number % 3}`);
  return {
    type: 'finding',
    id: uuid(1000 + number),
    attributes: {
      vulnerability,
      aliases: [`DEBIAN-${vulnerability}`, `DSA-5${400 + number}-1`],
      severity,
      severity_source: severity === 'unknown' ? null : 'cvss 3.1',
      cvss: severity === 'unknown' ? [] : [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      summary: number === 0 ? `A summary with markup: ${hostile}` : 'A length is not checked before memory is read.',
      fix_state: fixed ? 'fixed' : unfixed[number % unfixed.length],
      fixed_versions: fixed ? [fixed] : [],
      package: {
        name,
        version,
        type: 'deb',
        purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=amd64`,
        source_name: source,
        source_version: version,
        arch: 'amd64',
      },
      locations: [
        { path: 'var/lib/dpkg/status', layer: number % 3, layer_digest: layer },
        ...(number % 4 === 0
          ? [{ path: 'opt/copy/var/lib/dpkg/status', layer: 4, layer_digest: digest('layer 4') }]
          : []),
      ],
      evidence: [
        {
          feed: 'osv/Debian',
          advisory: `DEBIAN-${vulnerability}`,
          ecosystem: 'Debian:11',
          name: source,
          version,
          introduced: '0',
          fixed,
          last_affected: null,
          is_listed: false,
          order: 'dpkg',
          modified: '2026-11-18T03:00:12Z',
        },
      ],
    },
  };
}

export const findings = severityOrder.flatMap((severity, i) =>
  Array.from({ length: images[0].attributes.severity_counts[severity] }, (_, j) => finding(i * 20 + j, severity)),
);

export const packages = Array.from({ length: 117 }, (_, number) => {
  const [source, name, version] = sources[number % sources.length];
  return {
    type: 'package',
    id: uuid(5000 + number),
    attributes: {
      name: number < sources.length ? name : `${name}-part${number}`,
      version,
      type: 'deb',
      purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=amd64`,
      source_name: source,
      source_version: version,
      arch: number % 6 === 0 ? 'all' : 'amd64',
      path: 'var/lib/dpkg/status',
      layer: 0,
      layer_digest: digest('layer 0'),
      severity_counts: number % 4 === 0 ? counts(1, 2, 0, 0, 0, 1) : counts(0, 0, 0, 0, 0, 0),
    },
  };
});

export const gaps = [
  {
    type: 'scan_gap',
    id: uuid(9001),
    attributes: {
      kind: 'broken-database',
      path: 'usr/lib/sysimage/rpm/Packages.db',
      reason: 'page 14: the item count is larger than the page',
      consequence: 'packages of this database may be missing',
    },
  },
  {
    type: 'scan_gap',
    id: uuid(9002),
    attributes: {
      kind: 'version-unknown',
      path: 'opt/vendor/agent',
      reason: 'the package names no version',
      consequence: 'this package cannot be matched',
    },
  },
];

function run(number, attributes) {
  return {
    type: 'sync_run',
    id: uuid(7000 + number),
    attributes: {
      integration: 'harbour',
      status: 'succeeded',
      started_at: '2026-11-21T20:40:50Z',
      finished_at: '2026-11-21T20:42:33Z',
      repositories: 14,
      tags: 312,
      images_imported: 57,
      images_unchanged: 255,
      artifacts: 1,
      errors: 0,
      error: null,
      ...attributes,
    },
  };
}

export const syncRuns = [
  run(1, { status: 'running', started_at: '2026-11-21T22:00:00Z', finished_at: null, images_imported: 4 }),
  run(2, { errors: 1, status: 'succeeded' }),
  run(3, {
    status: 'failed',
    started_at: '2026-11-20T20:40:50Z',
    finished_at: '2026-11-20T20:41:20Z',
    images_imported: 0,
    images_unchanged: 0,
    artifacts: 0,
    errors: 1,
    error: 'could not list "harbour": the registry refused the credentials (401); check the password',
  }),
];

function feed(number, name, attributes) {
  return {
    type: 'feed',
    id: uuid(8000 + number),
    attributes: {
      name,
      ecosystem: name.split('/')[1],
      date: new Date(Date.now() - 5 * 3_600_000).toISOString(),
      checked_at: new Date(Date.now() - 600_000).toISOString(),
      records: 58_112,
      gap_count: 0,
      is_complete: true,
      incomplete_reason: null,
      is_demo: false,
      source: 'https://osv-vulnerabilities.storage.googleapis.com',
      ...attributes,
    },
  };
}

export const feeds = [
  feed(1, 'osv/Alpine', { records: 4_921 }),
  feed(2, 'osv/Debian', { gap_count: 3 }),
  feed(3, 'osv/Go', {
    source: 'file:/srv/feeds',
    date: new Date(Date.now() - 12 * 86_400_000).toISOString(),
    records: 3_312,
    is_complete: false,
    incomplete_reason: 'all.zip ended after 3,312 of 4,007 records; run "tidewaiter feed update --ecosystem Go"',
  }),
];

export const demoNotice = {
  kind: 'demo-data',
  text: 'No feed could be reached. Images are matched against a few built-in vulnerabilities only; an image without findings here may well have some.',
};
