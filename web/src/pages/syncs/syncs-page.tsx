// SPDX-License-Identifier: Apache-2.0
import { Label, type LabelProps } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useSyncRuns } from '../../api/queries';
import type { SyncRun } from '../../api/types';
import { Command } from '../../components/command';
import { Count } from '../../components/count';
import { ErrorAlert } from '../../components/error-alert';
import { Loading, PageTitle } from '../../components/page';
import { Pager, usePaging } from '../../components/pager';
import { duration, When } from '../../components/when';

/** Words of the server are shown as they are; the colour follows from what a run says of itself. */
function statusLook({ status, finished_at, errors, error }: SyncRun['attributes']): LabelProps['status'] {
  if (error || status === 'failed' || status === 'error') {
    return 'danger';
  }
  if (finished_at === null) {
    return 'info';
  }
  return errors ? 'warning' : 'success';
}

function runDuration({ started_at, finished_at }: SyncRun['attributes']): string {
  if (!started_at || !finished_at) {
    return '–';
  }
  return duration(Math.max(0, Date.parse(finished_at) - Date.parse(started_at)));
}

const numbers = [
  ['Repositories', 'repositories'],
  ['Tags', 'tags'],
  ['Imported', 'images_imported'],
  ['Unchanged', 'images_unchanged'],
  ['Not images', 'artifacts'],
  ['Errors', 'errors'],
] as const;

function RunRow({ run }: { run: SyncRun }) {
  const { attributes } = run;
  return (
    <Tr>
      <Td dataLabel="Started">
        <When time={attributes.started_at} whenNone="not yet" />
      </Td>
      <Td dataLabel="Integration" className="tw-break">
        {attributes.integration}
      </Td>
      <Td dataLabel="Status">
        <Label isCompact variant="outline" status={statusLook(attributes)}>
          {attributes.status}
        </Label>
        {attributes.error && <div className="tw-sub tw-break">{attributes.error}</div>}
      </Td>
      <Td dataLabel="Duration">
        <span className="tw-nowrap">{runDuration(attributes)}</span>
      </Td>
      {numbers.map(([name, member]) => (
        <Td key={member} dataLabel={name} className="tw-number">
          <Count value={attributes[member]} />
        </Td>
      ))}
    </Tr>
  );
}

export function SyncsPage() {
  const { limit, parameters } = usePaging(50);
  const runs = useSyncRuns(parameters);
  const rows = runs.data?.data;
  return (
    <>
      <PageTitle title="Syncs" />
      {runs.error && (
        <ErrorAlert error={runs.error} title="The syncs cannot be shown" onRetry={() => void runs.refetch()} />
      )}
      {runs.isPending && <Loading name="syncs" />}
      {rows?.length === 0 && (
        <section className="tw-empty" aria-labelledby="no-syncs">
          <h2 id="no-syncs">No sync yet</h2>
          <p>
            A sync lists a connected registry and imports what is new. Start one: <Command text="tidewaiter sync run" />
          </p>
        </section>
      )}
      {rows && rows.length > 0 && (
        <Table aria-label="Syncs" variant="compact" gridBreakPoint="grid-lg" className="tw-table">
          <Thead>
            <Tr>
              <Th>Started</Th>
              <Th>Integration</Th>
              <Th>Status</Th>
              <Th>Duration</Th>
              {numbers.map(([name, member]) => (
                <Th key={member} className="tw-number">
                  {name}
                </Th>
              ))}
            </Tr>
          </Thead>
          <Tbody>
            {rows.map((run) => (
              <RunRow key={run.id} run={run} />
            ))}
          </Tbody>
        </Table>
      )}
      {runs.data && <Pager document={runs.data} limit={limit} name="syncs" />}
    </>
  );
}
