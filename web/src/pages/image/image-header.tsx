// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react';
import type { ImageSummary } from '../../api/types';
import { Count } from '../../components/count';
import { VerdictLabel } from '../../components/verdict';
import { When } from '../../components/when';
import { hasResult, ImageState } from '../images/images-table';

function Fact({ name, isWide, children }: { name: string; isWide?: boolean; children: ReactNode }) {
  return (
    <div className={isWide ? 'tw-fact tw-fact-wide' : 'tw-fact'}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function layersText(fetched: number | null, shared: number | null): string {
  if (fetched === null || shared === null) {
    return '–';
  }
  return `${fetched + shared} (${fetched} fetched, ${shared} shared)`;
}

export function ImageHeader({ image }: { image: ImageSummary }) {
  const { attributes } = image;
  const isWithResult = hasResult(image);
  return (
    <dl className="tw-facts">
      {attributes.is_image ? (
        <>
          <Fact name="Verdict" isWide>
            <div className="tw-verdict">
              <VerdictLabel verdict={attributes.verdict} reasons={[]} />
              {attributes.verdict_reasons.length > 0 && (
                <ul className="tw-reasons" aria-label="Reasons">
                  {attributes.verdict_reasons.map((reason, i) => (
                    <li key={i}>{reason}</li>
                  ))}
                </ul>
              )}
            </div>
          </Fact>
          <Fact name="Platform">{attributes.platform ?? '–'}</Fact>
          <Fact name="Distribution">{attributes.distribution ?? 'none recognised'}</Fact>
          <Fact name="Layers">{layersText(attributes.layers_fetched, attributes.layers_shared)}</Fact>
          <Fact name="Last scan">
            <When time={attributes.scanned_at} whenNone="never" />
          </Fact>
          <Fact name="Fixable">
            <Count value={attributes.fixable_count} isMinimum={attributes.counts_are_minimum} />
          </Fact>
          <Fact name="Known exploited">
            <Count
              value={attributes.kev_count}
              isMinimum={attributes.counts_are_minimum}
              whenUnknown="not known: no feed of known exploited vulnerabilities"
            />
          </Fact>
          <Fact name="Integration">{attributes.integration ?? '–'}</Fact>
          {isWithResult && attributes.state !== 'scanned' && (
            <Fact name="Next scan" isWide>
              <ImageState image={image} />
            </Fact>
          )}
        </>
      ) : (
        <>
          <Fact name="Artifact type">
            <code className="tw-mono tw-break">{attributes.artifact_type ?? 'unknown'}</code>
          </Fact>
          <Fact name="Integration">{attributes.integration ?? '–'}</Fact>
        </>
      )}
    </dl>
  );
}
