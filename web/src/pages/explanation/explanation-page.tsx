// SPDX-License-Identifier: Apache-2.0
// Why an image has a vulnerability, and what whoever must fix it has to change.
import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useParams } from 'react-router-dom';
import { isApiError } from '../../api/client';
import { useExplanation, useImage } from '../../api/queries';
import type { Explained, Explanation, ImageSummary } from '../../api/types';
import { Command } from '../../components/command';
import { CrumbLink } from '../../components/crumb-link';
import { ErrorAlert } from '../../components/error-alert';
import { Loading, PageTitle } from '../../components/page';
import { SeverityLabel } from '../../components/severity';
import { When } from '../../components/when';
import { FindingEvidence } from '../image/finding-evidence';

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="tw-fact tw-fact-wide">
      <dt>{name}</dt>
      <dd className="tw-break">{children}</dd>
    </div>
  );
}

function originText({ origin, base_image }: Explained): string {
  switch (origin) {
    case 'base':
      return base_image === null ? 'a layer of the base image' : `a layer of the base image ${base_image}`;
    case 'own':
      return 'a layer of the image itself';
    default:
      return 'not known: neither the history nor another image tells';
  }
}

function Remedy({ item }: { item: Explained }) {
  return (
    <dl className="tw-facts">
      <Fact name="What to do">{item.change}</Fact>
      {item.command !== null && (
        <Fact name="Command">
          <Command text={item.command} />
        </Fact>
      )}
      <Fact name="Smallest fixed version">{item.smallest_fixed_version ?? 'none is known'}</Fact>
      <Fact name="Why this severity">{item.severity_reason}</Fact>
      <Fact name="Brought by">{originText(item)}</Fact>
      {item.instruction !== null && (
        <Fact name="Instruction">
          <code className="tw-mono">{item.instruction}</code>
        </Fact>
      )}
    </dl>
  );
}

function Item({ item, image, number }: { item: Explained; image: ImageSummary; number: number }) {
  return (
    <section className="tw-explained" aria-labelledby={`finding-${number}`}>
      <h2 id={`finding-${number}`} className="tw-break">
        {item.package.name} {item.package.version} <SeverityLabel severity={item.severity} />
      </h2>
      <Remedy item={item} />
      <FindingEvidence finding={{ type: 'finding', id: `${number}`, attributes: item }} image={image} />
    </section>
  );
}

/** Not reported is not the same as not there: who was asked, and what could not be read, decide what may be said. */
function NotReported({ explanation }: { explanation: Explanation }) {
  const { asked_feeds, gap_count, suppressed_count } = explanation.attributes;
  return (
    <section className="tw-empty">
      <p>No finding of this image has this id or alias.</p>
      {suppressed_count > 0 && (
        <p>
          Advisories match {suppressed_count} packages of it, and the packages that own them say otherwise: see the
          command line&rsquo;s explanation.
        </p>
      )}
      {gap_count > 0 && <p>Not everything could be read: the image has {gap_count} gaps.</p>}
      <p>{asked_feeds.length === 0 ? 'No feed was asked.' : 'Feeds that were asked:'}</p>
      <ul className="tw-plain-list">
        {asked_feeds.map((feed) => (
          <li key={feed.name}>
            {feed.name}, of <When time={feed.date} whenNone="an unknown date" />
            {!feed.is_complete && ', not complete'}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function ExplanationPage() {
  const { id = '', vulnerability = '' } = useParams();
  const image = useImage(id);
  const explanation = useExplanation(id, vulnerability);
  const error = explanation.error ?? image.error;
  return (
    <>
      <Breadcrumb className="tw-breadcrumb">
        <CrumbLink to="/images">Images</CrumbLink>
        <CrumbLink to={`/images/${encodeURIComponent(id)}`}>{image.data?.attributes.reference ?? 'Image'}</CrumbLink>
        <BreadcrumbItem isActive>{vulnerability}</BreadcrumbItem>
      </Breadcrumb>
      <PageTitle title={vulnerability} />
      {error && (
        <ErrorAlert
          error={error}
          title={isApiError(error, 404) ? 'There is no such image' : 'The vulnerability cannot be explained'}
          onRetry={() => void explanation.refetch()}
        />
      )}
      {!error && (explanation.isPending || image.isPending) && <Loading name="the explanation" />}
      {explanation.data && !explanation.data.attributes.is_reported && <NotReported explanation={explanation.data} />}
      {explanation.data &&
        image.data &&
        explanation.data.attributes.findings.map((item, i) => (
          <Item key={i} item={item} image={image.data} number={i + 1} />
        ))}
    </>
  );
}
