// SPDX-License-Identifier: Apache-2.0
// Serves dist/ and canned answers under /rest with the headers of the real server, for development and browser tests.
// usage: node mock/server.mjs [PORT]; GET /mock?scene=… chooses what /rest answers:
//   normal   one row of each kind       demo   the same as demo data       empty   nothing connected yet
//   out      nobody is signed in        broken every list answers 500      notices two notices
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoNotice, feeds, findings, gaps, images, organization, packages, syncRuns } from './data.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const csp = "default-src 'self'; frame-ancestors 'none'; object-src 'none'";
const version = '2026-11-21';
const mediaTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

function asDemo(rows) {
  return rows.map((row) => ({
    ...row,
    attributes: {
      ...row.attributes,
      counts_are_minimum: row.attributes.is_image,
      ...(row.attributes.verdict === 'passed' && {
        verdict: 'could-not-tell',
        verdict_reasons: ['only demo data was compared'],
      }),
    },
  }));
}

function page(rows, query, path) {
  const limit = Number(query.get('limit') ?? 20);
  const position = (name) => rows.findIndex((row) => row.id === query.get(name));
  let start = 0;
  if (query.has('starting_after')) {
    start = position('starting_after') + 1;
  } else if (query.has('ending_before')) {
    start = Math.max(0, position('ending_before') - limit);
  }
  const data = rows.slice(start, start + limit);
  const link = (name, row) => {
    const changed = new URLSearchParams(query);
    changed.delete('starting_after');
    changed.delete('ending_before');
    changed.set(name, row.id);
    return `${path}?${changed}`;
  };
  const links = {};
  if (start + limit < rows.length) {
    links.next = link('starting_after', data.at(-1));
  }
  if (start > 0) {
    links.prev = link('ending_before', data[0]);
  }
  return { jsonapi: { version: '1.0' }, data, links, meta: { count: rows.length } };
}

function problem(status, title, detail) {
  const id = '7d0f2a52-0d6a-4c69-9f3c-3a4f1c0b9d11';
  return { status, body: { jsonapi: { version: '1.0' }, errors: [{ id, status: String(status), title, detail }] } };
}

const contains = (text, part) => String(text).toLowerCase().includes(part.toLowerCase());

function selectFindings(query) {
  const wanted = query.get('severity')?.split(',');
  const search = query.get('search') ?? '';
  return findings.filter(
    ({ attributes }) =>
      (!wanted || wanted.includes(attributes.severity)) &&
      (query.get('has_fix') !== 'true' || attributes.fixed_versions.length > 0) &&
      (contains(attributes.vulnerability, search) || contains(attributes.package.name, search)),
  );
}

function explain(row, isFirst, vulnerability) {
  const found = isFirst ? findings.filter(({ attributes }) => attributes.vulnerability === vulnerability) : [];
  return {
    type: 'explanation',
    id: vulnerability,
    attributes: {
      reference: row.attributes.reference,
      platform: row.attributes.platform,
      is_reported: found.length > 0,
      findings: found.map(({ attributes }) => ({
        ...attributes,
        severity_reason: 'the score of its CVSS vector',
        origin: 'base',
        base_image: '127.0.0.1:5000/library/debian:11',
        instruction: 'RUN apt-get update && apt-get install -y openssl',
        smallest_fixed_version: attributes.fixed_versions[0] ?? null,
        change: 'Take a newer base image, or install what it lacks.',
        command: attributes.fixed_versions.length > 0 ? 'docker build --pull --no-cache .' : null,
      })),
      suppressed_count: 0,
      asked_feeds: feeds.map(({ attributes }) => ({
        name: attributes.name,
        date: attributes.date,
        record_count: attributes.records,
        is_complete: attributes.is_complete,
      })),
      gap_count: row.attributes.gap_count,
    },
  };
}

function answerImage(scene, rest, query, path) {
  const [id, part] = rest;
  const rows = scene === 'demo' ? asDemo(images) : images;
  const row = rows.find((candidate) => candidate.id === id);
  if (!row) {
    return problem(404, 'Not Found', `no image "${id}"`);
  }
  const isFirst = id === images[0].id;
  const search = query.get('search') ?? '';
  switch (part) {
    case undefined:
      return { status: 200, body: { jsonapi: { version: '1.0' }, data: row } };
    case 'findings':
      return { status: 200, body: page(isFirst ? selectFindings(query) : [], query, path) };
    case 'packages':
      return {
        status: 200,
        body: page(isFirst ? packages.filter((entry) => contains(entry.attributes.name, search)) : [], query, path),
      };
    case 'explanations':
      return { status: 200, body: { jsonapi: { version: '1.0' }, data: explain(row, isFirst, rest[2]) } };
    case 'gaps':
      return { status: 200, body: page(isFirst ? gaps : [], query, path) };
    default:
      return problem(404, 'Not Found', 'no such path');
  }
}

function answer(scene, url) {
  const path = url.pathname.replace(/^\/rest/, '');
  if (url.searchParams.get('version') !== version) {
    return problem(400, 'Bad Request', `ask with version=${version}`);
  }
  if (scene === 'out') {
    return problem(401, 'Unauthorized', 'sign in first');
  }
  if (path === '/self') {
    const notices = {
      demo: [demoNotice],
      notices: [
        { kind: 'sandbox', text: 'The sandbox is weakened: this kernel has no Landlock.' },
        {
          kind: 'info',
          text: 'Results from before the last upgrade are marked outdated until they are scanned again.',
        },
      ],
    };
    return {
      status: 200,
      body: {
        jsonapi: { version: '1.0' },
        data: {
          type: 'user',
          id: organization,
          attributes: {
            name: 'admin',
            organization,
            permissions: ['org.read', 'org.integration.read', 'org.project.read'],
            csrf_token: 'mock-token',
            notices: notices[scene] ?? [],
          },
        },
      },
    };
  }
  const [, orgs, org, resource, ...rest] = path.split('/');
  if (orgs !== 'orgs' || org !== organization) {
    return problem(404, 'Not Found', 'no such path');
  }
  if (scene === 'broken') {
    return problem(500, 'Internal Server Error', 'the store cannot be read: the disk is full');
  }
  const query = url.searchParams;
  const search = query.get('search') ?? '';
  const lists = { images, sync_runs: syncRuns, feeds };
  if (resource === 'images' && rest.length > 0) {
    return answerImage(scene, rest, query, url.pathname);
  }
  if (!(resource in lists)) {
    return problem(404, 'Not Found', 'no such path');
  }
  let rows = scene === 'empty' ? [] : lists[resource];
  if (resource === 'images') {
    rows = rows.filter((row) => contains(row.attributes.reference, search) || contains(row.attributes.digest, search));
    rows = scene === 'demo' ? asDemo(rows) : rows;
  }
  if (resource === 'feeds' && scene === 'demo') {
    rows = rows
      .slice(0, 1)
      .map((row) => ({ ...row, attributes: { ...row.attributes, is_demo: true, source: 'built in', records: 12 } }));
  }
  return { status: 200, body: page(rows, query, url.pathname) };
}

/** Every address without an extension is a page of the one application. */
async function sendFile(response, pathname) {
  const name = extname(pathname) === '' ? 'index.html' : normalize(pathname).replace(/^\/+/, '');
  try {
    const body = await readFile(join(dist, name));
    response.writeHead(200, { 'Content-Type': mediaTypes[extname(name)] ?? 'application/octet-stream' });
    response.end(body);
  } catch {
    response.writeHead(404, { 'Content-Type': 'text/plain' });
    response.end('no such file\n');
  }
}

export function startMock(port = 0) {
  let scene = 'normal';
  const requests = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://mock');
    response.setHeader('Content-Security-Policy', csp);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (url.pathname === '/mock') {
      scene = url.searchParams.get('scene');
      response.end(`${scene}\n`);
      return;
    }
    if (!url.pathname.startsWith('/rest/')) {
      void sendFile(response, url.pathname);
      return;
    }
    if (request.method === 'DELETE' && url.pathname === '/rest/session') {
      const isAllowed = request.headers['x-csrf-token'] === 'mock-token';
      scene = isAllowed ? 'out' : scene;
      response.writeHead(isAllowed ? 204 : 403).end();
      return;
    }
    const { status, body } = answer(scene, url);
    const text = JSON.stringify(body);
    const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`;
    const isKnown = request.headers['if-none-match'] === etag;
    requests.push({ path: url.pathname, status: isKnown ? 304 : status });
    response.writeHead(isKnown ? 304 : status, {
      'Content-Type': 'application/vnd.api+json',
      'Cache-Control': 'no-cache',
      ETag: etag,
      'Snyk-Request-Id': '7d0f2a52-0d6a-4c69-9f3c-3a4f1c0b9d11',
    });
    response.end(isKnown ? undefined : text);
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () =>
      resolve({
        address: `http://127.0.0.1:${server.address().port}`,
        requests,
        setScene: (name) => (scene = name),
        close: () => server.close(),
      }),
    );
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await startMock(Number(process.argv[2] ?? 8081));
  console.log(`mock server at ${address}`);
}
