// SPDX-License-Identifier: Apache-2.0
import { Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useFeeds } from '../../api/queries';
import type { Feed } from '../../api/types';
import { Command } from '../../components/command';
import { Count } from '../../components/count';
import { DemoTag } from '../../components/demo';
import { ErrorAlert } from '../../components/error-alert';
import { Loading, PageTitle } from '../../components/page';
import { Pager, usePaging } from '../../components/pager';
import { Reference } from '../../components/reference';
import { duration, When } from '../../components/when';

const dayMs = 86_400_000;
const ageMaxMs = 7 * dayMs; // the default of --max-feed-age

/** A feed from an address is as old as its last check, one from a folder as old as its newest record. */
export function feedAgeMs({ source, date, checked_at }: Feed['attributes'], nowMs: number): number | null {
  const counted = /^https?:/.test(source ?? '') ? checked_at : date;
  return counted ? Math.max(0, nowMs - Date.parse(counted)) : null;
}

function Completeness({ feed }: { feed: Feed }) {
  const { is_complete, incomplete_reason } = feed.attributes;
  if (is_complete) {
    return (
      <Label isCompact variant="outline" status="success">
        Complete
      </Label>
    );
  }
  return (
    <>
      <Label isCompact variant="outline" status="danger">
        Incomplete
      </Label>
      <div className="tw-sub tw-break">{incomplete_reason ?? 'the server gave no reason'}</div>
    </>
  );
}

function FeedRow({ feed, nowMs }: { feed: Feed; nowMs: number }) {
  const { attributes } = feed;
  const ageMs = feedAgeMs(attributes, nowMs);
  return (
    <Tr>
      <Td dataLabel="Feed">
        <span className="tw-break">{attributes.name}</span> {attributes.is_demo && <DemoTag />}
        <div className="tw-sub">{attributes.source && <Reference text={attributes.source} />}</div>
      </Td>
      <Td dataLabel="Ecosystem">{attributes.ecosystem}</Td>
      <Td dataLabel="Newest record">
        <When time={attributes.date} whenNone="not known" />
      </Td>
      <Td dataLabel="Last check">
        <When time={attributes.checked_at} whenNone="never" />
      </Td>
      <Td dataLabel="Age">
        {ageMs === null ? (
          <span className="tw-muted">not known</span>
        ) : ageMs > ageMaxMs ? (
          <Label isCompact variant="outline" status="warning">
            {duration(ageMs)}, older than 7 days
          </Label>
        ) : (
          <span className="tw-nowrap">{duration(ageMs)}</span>
        )}
      </Td>
      <Td dataLabel="Records" className="tw-number">
        <Count value={attributes.records} isMinimum={attributes.is_demo} />
      </Td>
      <Td dataLabel="Gaps" className="tw-number">
        <Count value={attributes.gap_count} />
      </Td>
      <Td dataLabel="Completeness">
        <Completeness feed={feed} />
      </Td>
    </Tr>
  );
}

export function FeedsPage() {
  const { limit, parameters } = usePaging(50);
  const feeds = useFeeds(parameters);
  const rows = feeds.data?.data;
  const nowMs = feeds.dataUpdatedAt;
  return (
    <>
      <PageTitle title="Feeds" />
      {feeds.error && (
        <ErrorAlert error={feeds.error} title="The feeds cannot be shown" onRetry={() => void feeds.refetch()} />
      )}
      {feeds.isPending && <Loading name="feeds" />}
      {rows?.length === 0 && (
        <section className="tw-empty" aria-labelledby="no-feeds">
          <h2 id="no-feeds">No feed yet</h2>
          <p>
            Without advisories no image can pass. Read those of the stored images:{' '}
            <Command text="tidewaiter feed update" />
          </p>
        </section>
      )}
      {rows && rows.length > 0 && (
        <Table aria-label="Feeds" variant="compact" gridBreakPoint="grid-lg" className="tw-table">
          <Thead>
            <Tr>
              <Th>Feed</Th>
              <Th>Ecosystem</Th>
              <Th>Newest record</Th>
              <Th>Last check</Th>
              <Th>Age</Th>
              <Th className="tw-number">Records</Th>
              <Th className="tw-number">Gaps</Th>
              <Th>Completeness</Th>
            </Tr>
          </Thead>
          <Tbody>
            {rows.map((feed) => (
              <FeedRow key={feed.id} feed={feed} nowMs={nowMs} />
            ))}
          </Tbody>
        </Table>
      )}
      {feeds.data && <Pager document={feeds.data} limit={limit} name="feeds" />}
    </>
  );
}
