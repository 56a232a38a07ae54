// SPDX-License-Identifier: Apache-2.0
import { useSearchParams } from 'react-router-dom';
import { useImages } from '../../api/queries';
import { Command } from '../../components/command';
import { ErrorAlert } from '../../components/error-alert';
import { Loading, PageTitle } from '../../components/page';
import { Pager, usePaging } from '../../components/pager';
import { SearchBox } from '../../components/search-box';
import { ImagesTable } from './images-table';

/** What to do next, with the commands. */
function NoImages() {
  return (
    <section className="tw-empty" aria-labelledby="no-images">
      <h2 id="no-images">No images yet</h2>
      <p>Connect a registry and let Tidewaiter read it. Images appear here while they are scanned.</p>
      <ol>
        <li>
          Connect a registry: <Command text="tidewaiter integration add --help" />
        </li>
        <li>
          Read the advisories: <Command text="tidewaiter feed update" />
        </li>
        <li>
          Import and scan: <Command text="tidewaiter sync run" />
        </li>
      </ol>
      <p className="tw-muted">
        To look at one image without connecting anything: <code className="tw-mono">tidewaiter scan REFERENCE</code>
      </p>
    </section>
  );
}

export function ImagesPage() {
  const [search] = useSearchParams();
  const { limit, parameters } = usePaging(50);
  const searched = search.get('search');
  const images = useImages({ ...parameters, search: searched });
  const isEmpty = images.data?.data.length === 0;
  const isFiltered = Boolean(searched || search.get('after') || search.get('before'));
  const total = images.data?.meta?.count;
  return (
    <>
      <PageTitle title="Images">
        {total !== undefined && (
          <span className="tw-muted">
            {total.toLocaleString('en')} {total === 1 ? 'entry' : 'entries'}
          </span>
        )}
        {!(isEmpty && !isFiltered) && <SearchBox label="Search images" placeholder="Repository, tag or digest" />}
      </PageTitle>
      {images.error && (
        <ErrorAlert error={images.error} title="The images cannot be shown" onRetry={() => void images.refetch()} />
      )}
      {images.isPending && <Loading name="images" />}
      {isEmpty && !isFiltered && <NoImages />}
      {isEmpty && isFiltered && <p className="tw-empty">No image matches.</p>}
      {images.data && !isEmpty && <ImagesTable images={images.data.data} />}
      {images.data && <Pager document={images.data} limit={limit} name="images" />}
    </>
  );
}
