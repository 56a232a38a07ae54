// SPDX-License-Identifier: Apache-2.0
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { usePackages } from '../../api/queries';
import { severities, type ImageSummary, type PackageRow } from '../../api/types';
import { Count } from '../../components/count';
import { ShortDigest } from '../../components/digest';
import { ErrorAlert } from '../../components/error-alert';
import { Loading } from '../../components/page';
import { Pager, usePaging } from '../../components/pager';
import { SearchBox, useFilter } from '../../components/search-box';
import { SeverityCount } from '../../components/severity';

function PackageSeverities({ row, isMinimum }: { row: PackageRow; isMinimum: boolean }) {
  const counts = row.attributes.severity_counts;
  const present = severities.filter((severity) => (counts?.[severity] ?? 0) > 0);
  if (!counts || present.length === 0) {
    return <Count value={counts ? 0 : null} isMinimum={isMinimum} />;
  }
  return (
    <span className="tw-severity-counts">
      {present.map((severity) => (
        <SeverityCount key={severity} severity={severity} value={counts[severity]} isMinimum={isMinimum} isNamed />
      ))}
    </span>
  );
}

export function PackagesTab({ image }: { image: ImageSummary }) {
  const [search] = useFilter();
  const { limit, parameters } = usePaging(50);
  const packages = usePackages(image.id, { ...parameters, search: search.get('search') });
  const rows = packages.data?.data;
  const hasCounts = rows?.some((row) => row.attributes.severity_counts) ?? false;
  return (
    <section aria-label="Packages">
      <div className="tw-toolbar">
        <SearchBox label="Search packages" placeholder="Package name" />
      </div>
      {packages.error && (
        <ErrorAlert
          error={packages.error}
          title="The packages cannot be shown"
          onRetry={() => void packages.refetch()}
        />
      )}
      {packages.isPending && <Loading name="packages" />}
      {rows?.length === 0 && (
        <p className="tw-empty">
          {search.get('search')
            ? 'No package matches.'
            : 'No package was found in this image. Look at the gaps: packages may be there that could not be read.'}
        </p>
      )}
      {rows && rows.length > 0 && (
        <Table aria-label="Packages" variant="compact" gridBreakPoint="grid-md" className="tw-table">
          <Thead>
            <Tr>
              <Th>Package</Th>
              <Th>Version</Th>
              <Th>Type</Th>
              <Th>Architecture</Th>
              <Th>Source</Th>
              {hasCounts && <Th>Findings</Th>}
              <Th>Path</Th>
              <Th>Layer</Th>
            </Tr>
          </Thead>
          <Tbody>
            {rows.map((row) => (
              <Tr key={row.id}>
                <Td dataLabel="Package" className="tw-break" title={row.attributes.purl ?? undefined}>
                  {row.attributes.name}
                </Td>
                <Td dataLabel="Version" className="tw-mono tw-break">
                  {row.attributes.version || <span className="tw-muted">unknown</span>}
                </Td>
                <Td dataLabel="Type">{row.attributes.type}</Td>
                <Td dataLabel="Architecture">{row.attributes.arch ?? '–'}</Td>
                <Td dataLabel="Source" className="tw-break">
                  {row.attributes.source_name ? (
                    <>
                      {row.attributes.source_name}{' '}
                      <span className="tw-mono tw-muted">{row.attributes.source_version}</span>
                    </>
                  ) : (
                    '–'
                  )}
                </Td>
                {hasCounts && (
                  <Td dataLabel="Findings">
                    <PackageSeverities row={row} isMinimum={image.attributes.counts_are_minimum} />
                  </Td>
                )}
                <Td dataLabel="Path" className="tw-mono tw-break">
                  {row.attributes.path ?? '–'}
                </Td>
                <Td dataLabel="Layer">
                  {row.attributes.layer_digest ? <ShortDigest digest={row.attributes.layer_digest} /> : '–'}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {packages.data && <Pager document={packages.data} limit={limit} name="packages" />}
    </section>
  );
}
