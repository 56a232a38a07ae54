// SPDX-License-Identifier: Apache-2.0
import { ExternalLinkAltIcon } from '@patternfly/react-icons';
import type { Evidence, Finding, ImageSummary } from '../../api/types';
import { Command, shellWord } from '../../components/command';
import { When } from '../../components/when';

/** "2.0 ≤ version < 2.7": what the advisory says, in one line. */
export function rangeText(evidence: Evidence): string {
  if (evidence.is_listed) {
    return `${evidence.version} is listed as affected`;
  }
  const isFromStart = evidence.introduced === null || evidence.introduced === '' || evidence.introduced === '0';
  const from = isFromStart ? '' : `${evidence.introduced} ≤ `;
  if (evidence.fixed) {
    return `${from}version < ${evidence.fixed}`;
  }
  if (evidence.last_affected) {
    return `${from}version ≤ ${evidence.last_affected}`;
  }
  return isFromStart ? 'all versions' : `${from}version`;
}

export function explainCommand(image: ImageSummary, finding: Finding): string {
  const { reference, digest } = image.attributes;
  const exact = reference.includes('@') ? reference : `${reference}@${digest}`;
  return `tidewaiter explain ${shellWord(exact)} ${shellWord(finding.attributes.vulnerability)}`;
}

function EvidenceTable({ evidence }: { evidence: Evidence[] }) {
  return (
    <div className="tw-scroll" tabIndex={0} role="region" aria-label="Evidence">
      <table className="tw-inner-table">
        <thead>
          <tr>
            <th scope="col">Advisory</th>
            <th scope="col">Feed</th>
            <th scope="col">Package compared</th>
            <th scope="col">Affected range</th>
            <th scope="col">Comparator</th>
            <th scope="col">Modified</th>
          </tr>
        </thead>
        <tbody>
          {evidence.map((row, i) => (
            <tr key={i}>
              <td className="tw-mono">{row.advisory}</td>
              <td>
                {row.feed} <span className="tw-muted">{row.ecosystem}</span>
              </td>
              <td className="tw-mono">
                {row.name} {row.version}
              </td>
              <td className="tw-mono">{rangeText(row)}</td>
              <td>{row.order}</td>
              <td>
                <When time={row.modified} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Locations({ finding }: { finding: Finding }) {
  return (
    <ul className="tw-plain-list">
      {finding.attributes.locations.map((location, i) => (
        <li key={i} className="tw-break">
          <code className="tw-mono">{location.path}</code>
          {location.layer_digest && (
            <>
              {' '}
              <span className="tw-muted">in layer</span> <code className="tw-mono">{location.layer_digest}</code>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

export function FindingEvidence({ finding, image }: { finding: Finding; image: ImageSummary }) {
  const { attributes } = finding;
  const { source_name, source_version } = attributes.package;
  const isPublicId = /^[A-Z][A-Z0-9]*-[A-Za-z0-9:.-]+$/.test(attributes.vulnerability);
  return (
    <div className="tw-evidence">
      {attributes.summary && <p className="tw-summary">{attributes.summary}</p>}
      <dl className="tw-facts tw-facts-broad">
        <div className="tw-fact tw-fact-wide">
          <dt>Evidence</dt>
          <dd>
            <EvidenceTable evidence={attributes.evidence} />
          </dd>
        </div>
        <div className="tw-fact tw-fact-wide">
          <dt>{attributes.locations.length === 1 ? 'Path' : 'Paths'}</dt>
          <dd>
            <Locations finding={finding} />
          </dd>
        </div>
        <div className="tw-fact">
          <dt>Severity from</dt>
          <dd>{attributes.severity_source ?? 'no source rates it'}</dd>
        </div>
        {source_name && (
          <div className="tw-fact">
            <dt>Source package</dt>
            <dd className="tw-mono tw-break">
              {source_name} {source_version}
            </dd>
          </div>
        )}
        {attributes.aliases.length > 0 && (
          <div className="tw-fact">
            <dt>Also known as</dt>
            <dd className="tw-break">{attributes.aliases.join(', ')}</dd>
          </div>
        )}
        {attributes.cvss.length > 0 && (
          <div className="tw-fact tw-fact-wide">
            <dt>CVSS</dt>
            <dd>
              <ul className="tw-plain-list">
                {attributes.cvss.map((rating, i) => (
                  <li key={i} className="tw-mono tw-break">
                    {rating.type} {rating.score}
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        )}
        <div className="tw-fact tw-fact-wide">
          <dt>How to check it on the command line</dt>
          <dd>
            <Command text={explainCommand(image, finding)} />
          </dd>
        </div>
      </dl>
      {isPublicId && (
        <a
          href={`https://osv.dev/vulnerability/${encodeURIComponent(attributes.vulnerability)}`}
          target="_blank"
          rel="noreferrer noopener"
        >
          {attributes.vulnerability} at osv.dev <ExternalLinkAltIcon aria-hidden="true" />
          <span className="pf-v6-screen-reader"> (opens a new tab)</span>
        </a>
      )}
    </div>
  );
}
