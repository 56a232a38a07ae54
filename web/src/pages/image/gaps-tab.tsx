// SPDX-License-Identifier: Apache-2.0
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useGaps } from '../../api/queries';
import type { ImageSummary } from '../../api/types';
import { ErrorAlert } from '../../components/error-alert';
import { Loading } from '../../components/page';
import { Pager, usePaging } from '../../components/pager';

export function GapsTab({ image }: { image: ImageSummary }) {
  const { limit, parameters } = usePaging(50);
  const gaps = useGaps(image.id, parameters);
  const rows = gaps.data?.data;
  return (
    <section aria-label="Gaps">
      <p className="tw-hint">
        What could not be read or matched. A gap that may hide packages keeps a gate from passing.
      </p>
      {gaps.error && (
        <ErrorAlert error={gaps.error} title="The gaps cannot be shown" onRetry={() => void gaps.refetch()} />
      )}
      {gaps.isPending && <Loading name="gaps" />}
      {rows?.length === 0 && <p className="tw-empty">No gaps: everything in this image was read.</p>}
      {rows && rows.length > 0 && (
        <Table aria-label="Gaps" variant="compact" gridBreakPoint="grid-md" className="tw-table">
          <Thead>
            <Tr>
              <Th>Kind</Th>
              <Th>Where</Th>
              <Th>Why</Th>
              <Th>Consequence</Th>
            </Tr>
          </Thead>
          <Tbody>
            {rows.map((gap) => (
              <Tr key={gap.id}>
                <Td dataLabel="Kind" className="tw-nowrap">
                  {gap.attributes.kind.replaceAll('-', ' ')}
                </Td>
                <Td dataLabel="Where" className="tw-mono tw-break">
                  {gap.attributes.path || '–'}
                </Td>
                <Td dataLabel="Why" className="tw-break">
                  {gap.attributes.reason}
                </Td>
                <Td dataLabel="Consequence">{gap.attributes.consequence}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {gaps.data && <Pager document={gaps.data} limit={limit} name="gaps" />}
    </section>
  );
}
