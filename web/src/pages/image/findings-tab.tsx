// SPDX-License-Identifier: Apache-2.0
import { Switch } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { useFindings } from '../../api/queries';
import { severities, type Finding, type FixState, type ImageSummary, type Severity } from '../../api/types';
import { countText } from '../../components/count';
import { DemoTag, useIsDemo } from '../../components/demo';
import { ShortDigest } from '../../components/digest';
import { ErrorAlert } from '../../components/error-alert';
import { Loading } from '../../components/page';
import { Pager, usePaging } from '../../components/pager';
import { SearchBox, useFilter } from '../../components/search-box';
import { SeverityLabel, severityNames } from '../../components/severity';
import { explanationPath } from '../explanation/explanation-path';
import { FindingEvidence } from './finding-evidence';

const fixStateTexts: Record<FixState, string> = {
  fixed: 'fixed, version not named',
  'not-fixed': 'no fix yet',
  'wont-fix': 'will not be fixed',
  deferred: 'fix deferred',
  'end-of-life': 'end of life, no fix',
  unknown: 'not known',
};

/** A button a severity, with its count: pressed means shown. None pressed shows all. */
function SeverityFilter({ image, chosen }: { image: ImageSummary; chosen: Severity[] }) {
  const [, change] = useFilter();
  const isDemo = useIsDemo();
  const counts = image.attributes.severity_counts;
  const toggle = (severity: Severity) =>
    change(
      'severity',
      severities.filter((name) => (name === severity ? !chosen.includes(name) : chosen.includes(name))).join(','),
    );
  return (
    <div className="tw-severity-filter" role="group" aria-label="Severity">
      {severities.map((severity) => (
        <button
          key={severity}
          type="button"
          aria-pressed={chosen.includes(severity)}
          className={`tw-chip tw-chip-${severity}`}
          onClick={() => toggle(severity)}
        >
          {severityNames[severity]}
          {counts && <strong>{countText(counts[severity], image.attributes.counts_are_minimum)}</strong>}
          {counts && isDemo && image.attributes.counts_are_minimum && <DemoTag />}
        </button>
      ))}
    </div>
  );
}

function FixedIn({ finding }: { finding: Finding }) {
  const { fix_state, fixed_versions } = finding.attributes;
  if (fixed_versions.length > 0) {
    return <span className="tw-mono tw-break">{fixed_versions.join(', ')}</span>;
  }
  return <span className="tw-muted">{fixStateTexts[fix_state] ?? fix_state}</span>;
}

interface RowProps {
  finding: Finding;
  image: ImageSummary;
  rowIndex: number;
}

function FindingRow({ finding, image, rowIndex }: RowProps) {
  const [isExpanded, setExpanded] = useState(false);
  const { attributes } = finding;
  const location = attributes.locations[0];
  return (
    <Tbody isExpanded={isExpanded}>
      <Tr isContentExpanded={isExpanded}>
        <Td expand={{ rowIndex, isExpanded, expandId: 'evidence', onToggle: () => setExpanded(!isExpanded) }} />
        <Td dataLabel="Vulnerability">
          <Link className="tw-id" to={explanationPath(image.id, attributes.vulnerability)}>
            {attributes.vulnerability}
          </Link>
        </Td>
        <Td dataLabel="Severity">
          <SeverityLabel severity={attributes.severity} />
        </Td>
        <Td dataLabel="Package">
          <span className="tw-break">{attributes.package.name}</span>{' '}
          <span className="tw-muted">{attributes.package.type}</span>
        </Td>
        <Td dataLabel="Installed">
          {attributes.package.version ? (
            <span className="tw-mono tw-break">{attributes.package.version}</span>
          ) : (
            <span className="tw-muted">version unknown</span>
          )}
        </Td>
        <Td dataLabel="Fixed in">
          <FixedIn finding={finding} />
        </Td>
        <Td dataLabel="Layer">
          {location?.layer_digest ? (
            <ShortDigest digest={location.layer_digest} />
          ) : (
            <span className="tw-muted">–</span>
          )}
          {attributes.locations.length > 1 && (
            <span className="tw-muted"> and {attributes.locations.length - 1} more</span>
          )}
        </Td>
      </Tr>
      {isExpanded && (
        <Tr isExpanded>
          <Td colSpan={7} noPadding>
            <FindingEvidence finding={finding} image={image} />
          </Td>
        </Tr>
      )}
    </Tbody>
  );
}

export function FindingsTab({ image }: { image: ImageSummary }) {
  const [search, change] = useFilter();
  const { limit, parameters } = usePaging(50);
  const chosen = severities.filter((severity) => (search.get('severity') ?? '').split(',').includes(severity));
  const hasFix = search.get('has_fix') === 'true';
  const findings = useFindings(image.id, {
    ...parameters,
    severity: chosen.join(','),
    has_fix: hasFix,
    search: search.get('search'),
  });
  const isFiltered = chosen.length > 0 || hasFix || Boolean(search.get('search'));
  return (
    <section aria-label="Findings">
      <div className="tw-toolbar">
        <SeverityFilter image={image} chosen={chosen} />
        <Switch
          id="has-fix"
          label="With a fix only"
          isChecked={hasFix}
          onChange={(_event, isOn) => change('has_fix', isOn ? 'true' : '')}
        />
        <SearchBox label="Search findings" placeholder="Vulnerability or package" />
      </div>
      {findings.error && (
        <ErrorAlert
          error={findings.error}
          title="The findings cannot be shown"
          onRetry={() => void findings.refetch()}
        />
      )}
      {findings.isPending && <Loading name="findings" />}
      {findings.data?.data.length === 0 && <NoFindings image={image} isFiltered={isFiltered} />}
      {findings.data && findings.data.data.length > 0 && (
        <Table aria-label="Findings" variant="compact" gridBreakPoint="grid-md" className="tw-table" isExpandable>
          <Thead>
            <Tr>
              <Th screenReaderText="Evidence" />
              <Th>Vulnerability</Th>
              <Th>Severity</Th>
              <Th>Package</Th>
              <Th>Installed</Th>
              <Th>Fixed in</Th>
              <Th>Layer</Th>
            </Tr>
          </Thead>
          {findings.data.data.map((finding, rowIndex) => (
            <FindingRow key={finding.id} finding={finding} image={image} rowIndex={rowIndex} />
          ))}
        </Table>
      )}
      {findings.data && <Pager document={findings.data} limit={limit} name="findings" />}
    </section>
  );
}

/** No rows is not the same as no vulnerabilities: the verdict decides what may be said. */
function NoFindings({ image, isFiltered }: { image: ImageSummary; isFiltered: boolean }) {
  if (isFiltered) {
    return <p className="tw-empty">No finding matches these filters.</p>;
  }
  const { verdict, gap_count, counts_are_minimum } = image.attributes;
  if (verdict === 'could-not-tell' || verdict === null || gap_count !== 0 || counts_are_minimum) {
    return (
      <p className="tw-empty">
        Nothing was found, but not everything could be read or matched: see the verdict&rsquo;s reasons and the gaps.
      </p>
    );
  }
  return <p className="tw-empty">No known vulnerability affects the packages of this image.</p>;
}
