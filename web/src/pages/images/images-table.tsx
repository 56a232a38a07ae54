// SPDX-License-Identifier: Apache-2.0
import { Label, Spinner } from '@patternfly/react-core';
import { ExclamationCircleIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router-dom';
import type { ImageSummary, Severity } from '../../api/types';
import { Count } from '../../components/count';
import { ShortDigest } from '../../components/digest';
import { Reference } from '../../components/reference';
import { SeverityCount, severityNames } from '../../components/severity';
import { VerdictLabel } from '../../components/verdict';
import { When } from '../../components/when';

const shownSeverities: Severity[] = ['critical', 'high', 'medium', 'low', 'unknown'];
const resultColumns = shownSeverities.length + 5; // packages, severities, fixable, KEV, gaps, verdict

/** An image whose scan ended well at least once has numbers, even while it waits for the next scan. */
export function hasResult(image: ImageSummary): boolean {
  return image.attributes.is_image && (image.attributes.state === 'scanned' || image.attributes.scanned_at !== null);
}

/** Why there are no numbers: said in words, so that no empty row reads as "clean". */
export function ImageState({ image }: { image: ImageSummary }) {
  const { is_image, artifact_type, state, error } = image.attributes;
  if (!is_image) {
    return (
      <>
        <Label isCompact variant="outline" color="grey">
          Not an image
        </Label>{' '}
        <span className="tw-muted">
          <code className="tw-mono tw-break">{artifact_type ?? 'artifact of unknown type'}</code>, not scanned
        </span>
      </>
    );
  }
  if (state === 'failed') {
    return (
      <>
        <Label isCompact status="danger" variant="outline" icon={<ExclamationCircleIcon />}>
          Scan failed
        </Label>{' '}
        <span className="tw-break">{error ?? 'the server gave no reason'}</span>
      </>
    );
  }
  if (state === 'pending') {
    return (
      <span className="tw-pending">
        <Spinner size="sm" aria-label="waiting" /> Waiting for its scan{error && `: ${error}`}
      </span>
    );
  }
  return null;
}

function ResultCells({ image }: { image: ImageSummary }) {
  const { attributes } = image;
  const isMinimum = attributes.counts_are_minimum;
  return (
    <>
      <Td dataLabel="Packages" className="tw-number">
        <Count value={attributes.package_count} />
      </Td>
      {shownSeverities.map((severity) => (
        <Td key={severity} dataLabel={severityNames[severity]} className="tw-number">
          {attributes.severity_counts ? (
            <SeverityCount severity={severity} value={attributes.severity_counts[severity]} isMinimum={isMinimum} />
          ) : (
            <Count value={null} />
          )}
        </Td>
      ))}
      <Td dataLabel="Fixable" className="tw-number">
        <Count value={attributes.fixable_count} isMinimum={isMinimum} />
      </Td>
      <Td dataLabel="KEV" className="tw-number">
        <Count
          value={attributes.kev_count}
          isMinimum={isMinimum}
          whenUnknown="not known: no feed of known exploited vulnerabilities"
        />
      </Td>
      <Td dataLabel="Gaps" className="tw-number">
        <Count value={attributes.gap_count} />
      </Td>
      <Td dataLabel="Verdict" className="tw-cell-verdict">
        <VerdictLabel verdict={attributes.verdict} reasons={attributes.verdict_reasons} />
      </Td>
    </>
  );
}

function ImageRow({ image }: { image: ImageSummary }) {
  const { attributes } = image;
  const isWithResult = hasResult(image);
  return (
    <Tr>
      <Td dataLabel="Image" className="tw-image-cell">
        <Link to={`/images/${encodeURIComponent(image.id)}`} className="tw-row-link">
          <Reference text={attributes.reference} />
        </Link>
        <div className="tw-sub">
          <ShortDigest digest={attributes.digest} />
          {attributes.distribution && <span>{attributes.distribution}</span>}
        </div>
        {isWithResult && attributes.state !== 'scanned' && (
          <div className="tw-sub">
            <ImageState image={image} />
          </div>
        )}
      </Td>
      <Td dataLabel="Platform">
        {attributes.platform ? <span className="tw-nowrap">{attributes.platform}</span> : <Count value={null} />}
      </Td>
      {isWithResult ? (
        <ResultCells image={image} />
      ) : (
        <Td dataLabel="State" className="tw-cell-wide" colSpan={resultColumns}>
          <ImageState image={image} />
        </Td>
      )}
      <Td dataLabel="Last scan">
        <When time={attributes.scanned_at} whenNone={attributes.is_image ? 'never' : '–'} />
      </Td>
    </Tr>
  );
}

export function ImagesTable({ images }: { images: ImageSummary[] }) {
  return (
    <Table aria-label="Images" variant="compact" gridBreakPoint="grid-lg" className="tw-table tw-images">
      <Thead>
        <Tr>
          <Th>Image</Th>
          <Th>Platform</Th>
          <Th className="tw-number">Packages</Th>
          {shownSeverities.map((severity) => (
            <Th key={severity} className="tw-number">
              {severityNames[severity]}
            </Th>
          ))}
          <Th className="tw-number">Fixable</Th>
          <Th className="tw-number">
            <abbr title="Known exploited vulnerabilities">KEV</abbr>
          </Th>
          <Th className="tw-number">Gaps</Th>
          <Th>Verdict</Th>
          <Th>Last scan</Th>
        </Tr>
      </Thead>
      <Tbody>
        {images.map((image) => (
          <ImageRow key={image.id} image={image} />
        ))}
      </Tbody>
    </Table>
  );
}
