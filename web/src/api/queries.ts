// SPDX-License-Identifier: Apache-2.0
// One hook a resource. Lists poll quickly while something in them is under way and slowly otherwise; an unchanged answer
// is a 304.
import { keepPreviousData, QueryCache, QueryClient, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { ApiError, getDocument, isApiError, type Parameters } from './client';
import type {
  Explanation,
  Feed,
  Finding,
  ImageSummary,
  JsonDocument,
  PackageRow,
  ScanGap,
  Self,
  SyncRun,
} from './types';

const pollBusyMs = 2_000;
const pollIdleMs = 30_000;
const retriesMax = 2;

export function makeQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      // A session that ended anywhere has ended everywhere: asking again who we are leads to the sign-in page.
      onError: (error, query) => {
        if (isApiError(error, 401) && query.queryKey[0] !== 'self') {
          void client.resetQueries({ queryKey: ['self'] });
        }
      },
    }),
    defaultOptions: {
      queries: {
        refetchOnWindowFocus: true,
        retry: (count, error) =>
          count < retriesMax && error instanceof ApiError && (error.status === 0 || error.status >= 500),
        retryDelay: (attempt) => 500 * 2 ** attempt,
      },
    },
  });
  return client;
}

export function useSelf(): UseQueryResult<Self> {
  return useQuery({
    queryKey: ['self'],
    queryFn: async ({ signal }) => (await getDocument<Self>('/self', {}, signal)).data,
    refetchInterval: pollIdleMs,
  });
}

/** Who is signed in; set by the shell, which shows nothing else before it is known. */
export const SelfContext = createContext<Self | null>(null);

export function useSignedIn(): Self {
  const self = useContext(SelfContext);
  if (self === null) {
    throw new Error('a page was shown outside the shell');
  }
  return self;
}

function useList<Row>(
  resource: string,
  parameters: Parameters,
  isBusy?: (document: JsonDocument<Row[]>) => boolean,
): UseQueryResult<JsonDocument<Row[]>> {
  const organization = useSignedIn().attributes.organization;
  return useQuery({
    queryKey: ['list', organization, resource, parameters],
    queryFn: ({ signal }) => getDocument<Row[]>(`/orgs/${organization}${resource}`, parameters, signal),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      isBusy && query.state.data ? (isBusy(query.state.data) ? pollBusyMs : pollIdleMs) : pollIdleMs,
  });
}

/** An empty list is busy too: the first image of a first sync appears without a reload. */
export function useImages(parameters: Parameters): UseQueryResult<JsonDocument<ImageSummary[]>> {
  return useList<ImageSummary>(
    '/images',
    parameters,
    ({ data }) => data.length === 0 || data.some((image) => image.attributes.state === 'pending'),
  );
}

export function useImage(id: string): UseQueryResult<ImageSummary> {
  const organization = useSignedIn().attributes.organization;
  return useQuery({
    queryKey: ['image', organization, id],
    queryFn: async ({ signal }) =>
      (await getDocument<ImageSummary>(`/orgs/${organization}/images/${encodeURIComponent(id)}`, {}, signal)).data,
    refetchInterval: (query) => (query.state.data?.attributes.state === 'pending' ? pollBusyMs : pollIdleMs),
  });
}

function imagePath(id: string, part: string): string {
  return `/images/${encodeURIComponent(id)}/${part}`;
}

export function useExplanation(id: string, vulnerability: string): UseQueryResult<Explanation> {
  const organization = useSignedIn().attributes.organization;
  const path = `/orgs/${organization}${imagePath(id, 'explanations')}/${encodeURIComponent(vulnerability)}`;
  return useQuery({
    queryKey: ['explanation', path],
    queryFn: async ({ signal }) => (await getDocument<Explanation>(path, {}, signal)).data,
    refetchInterval: pollIdleMs,
  });
}

export function useFindings(id: string, parameters: Parameters): UseQueryResult<JsonDocument<Finding[]>> {
  return useList<Finding>(imagePath(id, 'findings'), parameters);
}

export function usePackages(id: string, parameters: Parameters): UseQueryResult<JsonDocument<PackageRow[]>> {
  return useList<PackageRow>(imagePath(id, 'packages'), parameters);
}

export function useGaps(id: string, parameters: Parameters): UseQueryResult<JsonDocument<ScanGap[]>> {
  return useList<ScanGap>(imagePath(id, 'gaps'), parameters);
}

export function useSyncRuns(parameters: Parameters): UseQueryResult<JsonDocument<SyncRun[]>> {
  return useList<SyncRun>('/sync_runs', parameters, ({ data }) =>
    data.some((run) => run.attributes.finished_at === null),
  );
}

export function useFeeds(parameters: Parameters): UseQueryResult<JsonDocument<Feed[]>> {
  return useList<Feed>('/feeds', parameters);
}
