// SPDX-License-Identifier: Apache-2.0
import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core';
import { Link, Navigate, useParams } from 'react-router-dom';
import { isApiError } from '../../api/client';
import { useImage } from '../../api/queries';
import type { ImageSummary } from '../../api/types';
import { CopyButton } from '../../components/command';
import { Count } from '../../components/count';
import { CrumbLink } from '../../components/crumb-link';
import { ErrorAlert } from '../../components/error-alert';
import { Loading, PageTitle } from '../../components/page';
import { hasResult, ImageState } from '../images/images-table';
import { FindingsTab } from './findings-tab';
import { GapsTab } from './gaps-tab';
import { ImageHeader } from './image-header';
import { PackagesTab } from './packages-tab';

const tabs = ['findings', 'packages', 'gaps'] as const;
type Tab = (typeof tabs)[number];

function TabLinks({ image, current }: { image: ImageSummary; current: Tab }) {
  const { attributes } = image;
  const looks: Record<Tab, { name: string; count: React.ReactNode }> = {
    findings: {
      name: 'Findings',
      count: <Count value={attributes.vulnerability_count} isMinimum={attributes.counts_are_minimum} />,
    },
    packages: { name: 'Packages', count: <Count value={attributes.package_count} /> },
    gaps: { name: 'Gaps', count: <Count value={attributes.gap_count} /> },
  };
  return (
    <nav className="tw-tabs" aria-label="Parts of the result">
      {tabs.map((tab) => (
        <Link
          key={tab}
          to={`/images/${encodeURIComponent(image.id)}/${tab}`}
          aria-current={tab === current ? 'page' : undefined}
        >
          {looks[tab].name} <span className="tw-tab-count">{looks[tab].count}</span>
        </Link>
      ))}
    </nav>
  );
}

function Result({ image, tab }: { image: ImageSummary; tab: Tab }) {
  if (!hasResult(image)) {
    return (
      <section className="tw-empty">
        <p>
          <ImageState image={image} />
        </p>
        {!image.attributes.is_image && (
          <p>
            Attestations, signatures, charts and other artifacts hold no packages to scan. Nothing is said about them:
            neither that they are clean nor that they are not.
          </p>
        )}
      </section>
    );
  }
  return (
    <>
      <TabLinks image={image} current={tab} />
      {tab === 'findings' && <FindingsTab image={image} />}
      {tab === 'packages' && <PackagesTab image={image} />}
      {tab === 'gaps' && <GapsTab image={image} />}
    </>
  );
}

export function ImagePage() {
  const { id = '', tab = 'findings' } = useParams();
  const image = useImage(id);
  const known = tabs.find((name) => name === tab);
  if (known === undefined) {
    return <Navigate to={`/images/${encodeURIComponent(id)}`} replace />;
  }
  const reference = image.data?.attributes.reference;
  return (
    <>
      <Breadcrumb className="tw-breadcrumb">
        <CrumbLink to="/images">Images</CrumbLink>
        <BreadcrumbItem isActive>{image.data?.attributes.repository ?? 'Image'}</BreadcrumbItem>
      </Breadcrumb>
      <PageTitle title={reference ?? 'Image'}>
        {image.data && (
          <p className="tw-subtitle">
            <code className="tw-mono tw-break">{image.data.attributes.digest}</code>
            <CopyButton text={image.data.attributes.digest} name="digest" />
          </p>
        )}
      </PageTitle>
      {image.error && (
        <ErrorAlert
          error={image.error}
          title={isApiError(image.error, 404) ? 'There is no such image' : 'The image cannot be shown'}
          onRetry={() => void image.refetch()}
        />
      )}
      {image.isPending && <Loading name="the image" />}
      {image.data && (
        <>
          <ImageHeader image={image.data} />
          <Result image={image.data} tab={known} />
        </>
      )}
    </>
  );
}
