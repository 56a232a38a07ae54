// SPDX-License-Identifier: Apache-2.0
// Asks /rest. One place knows the API version, the ETag cache, how errors look and where the request id is.
import { printableValue } from './printable';
import type { JsonDocument, Link } from './types';

export const apiVersion = '2026-11-21';
const mediaType = 'application/vnd.api+json';
const requestIdHeader = 'snyk-request-id';

export interface Problem {
  title: string;
  detail: string;
}

/** What the server refused, or why it could not be asked (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problems: Problem[],
    readonly requestId: string | null,
  ) {
    super(problems.map((problem) => problem.detail || problem.title).join('; '));
    this.name = 'ApiError';
  }
}

export function isApiError(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

export type Parameters = Record<string, string | number | boolean | null | undefined>;

/** The address of a resource: version first, empty parameters left out. */
export function resourceAddress(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams({ version: apiVersion });
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '' && value !== false) {
      query.set(name, String(value));
    }
  }
  return `/rest${path}?${query.toString()}`;
}

/** Cursor of a paging link, whether it is given as a text or an object, absolute or not. */
export function linkCursor(link: Link | undefined, name: 'starting_after' | 'ending_before'): string | null {
  const address = typeof link === 'string' ? link : link?.href;
  return address ? new URL(address, 'http://page.invalid').searchParams.get(name) : null;
}

// The newest answers by address, so that a poll of an unchanged page costs a 304. Oldest go first.
const etagsMax = 40;
const etags = new Map<string, { etag: string; body: unknown }>();

function rememberEtag(address: string, etag: string | null, body: unknown): void {
  etags.delete(address);
  if (etag === null) {
    return;
  }
  etags.set(address, { etag, body });
  for (const oldest of etags.keys()) {
    if (etags.size <= etagsMax) {
      break;
    }
    etags.delete(oldest);
  }
}

/** After sign-out nothing of the session stays in memory. */
export function forgetAnswers(): void {
  etags.clear();
}

interface ErrorObject {
  id?: string;
  title?: string;
  detail?: string;
  code?: string;
  meta?: { request_id?: string };
}

function readProblems(body: unknown): { problems: Problem[]; requestId: string | null } {
  const errors = (body as { errors?: ErrorObject[] } | null)?.errors;
  if (!Array.isArray(errors) || errors.length === 0) {
    return { problems: [], requestId: null };
  }
  return {
    problems: errors.map((error) => ({ title: error.title ?? error.code ?? 'Error', detail: error.detail ?? '' })),
    requestId: errors[0]?.meta?.request_id ?? errors[0]?.id ?? null,
  };
}

async function readBody(response: Response): Promise<unknown> {
  try {
    return printableValue(await response.json());
  } catch {
    return null;
  }
}

async function readError(response: Response): Promise<ApiError> {
  const { problems, requestId } = readProblems(await readBody(response));
  if (problems.length === 0) {
    problems.push({
      title: `The server answered with status ${response.status}`,
      detail: 'The answer was not one of Tidewaiter. A proxy between this page and the server may have sent it.',
    });
  }
  return new ApiError(response.status, problems, response.headers.get(requestIdHeader) ?? requestId);
}

async function send(address: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { credentials: 'same-origin', cache: 'no-store', ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw error;
    }
    throw new ApiError(
      0,
      [{ title: 'The server cannot be reached', detail: 'Check that "tidewaiter serve" runs; this page tries again.' }],
      null,
    );
  }
}

export async function getDocument<Data>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<JsonDocument<Data>> {
  const address = resourceAddress(path, parameters);
  const known = etags.get(address);
  const headers: Record<string, string> = { Accept: mediaType };
  if (known) {
    headers['If-None-Match'] = known.etag;
  }
  const response = await send(address, { headers, signal });
  if (response.status === 304 && known) {
    return known.body as JsonDocument<Data>;
  }
  if (!response.ok) {
    throw await readError(response);
  }
  const body = (await readBody(response)) as JsonDocument<Data> | null;
  if (body === null || body.data === undefined) {
    throw new ApiError(
      response.status,
      [{ title: 'The answer cannot be read', detail: 'The server sent something that is not a JSON:API document.' }],
      response.headers.get(requestIdHeader),
    );
  }
  rememberEtag(address, response.headers.get('etag'), body);
  return body;
}

/** Signs in by name and password; the server answers with the session's cookie. */
export async function createSession(user: string, password: string): Promise<void> {
  const response = await send(resourceAddress('/session'), {
    method: 'POST',
    headers: { Accept: mediaType, 'Content-Type': mediaType },
    body: JSON.stringify({ data: { type: 'session', attributes: { user, password } } }),
  });
  if (!response.ok) {
    throw await readError(response);
  }
  forgetAnswers();
}

export async function deleteSession(csrfToken: string): Promise<void> {
  const response = await send(resourceAddress('/session'), {
    method: 'DELETE',
    headers: { Accept: mediaType, 'X-CSRF-Token': csrfToken },
  });
  if (!response.ok && response.status !== 401) {
    throw await readError(response);
  }
  forgetAnswers();
}
