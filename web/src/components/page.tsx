// SPDX-License-Identifier: Apache-2.0
import { Skeleton } from '@patternfly/react-core';
import { useEffect, type ReactNode } from 'react';
import { useIsDemo } from './demo';

/** The title of the tab. Demo data says so there too. */
export function useTitle(title: string): void {
  const isDemo = useIsDemo();
  useEffect(() => {
    document.title = `${isDemo ? 'DEMO DATA · ' : ''}${title} · Tidewaiter`;
  }, [title, isDemo]);
}

export function PageTitle({ title, children }: { title: string; children?: ReactNode }) {
  useTitle(title);
  return (
    <header className="tw-page-title">
      <h1 tabIndex={-1}>{title}</h1>
      {children}
    </header>
  );
}

export function Loading({ name }: { name: string }) {
  return (
    <div aria-busy="true" className="tw-loading">
      <span className="pf-v6-screen-reader" role="status">
        Loading {name}
      </span>
      {[92, 78, 85, 64].map((width) => (
        <Skeleton key={width} width={`${width}%`} />
      ))}
    </div>
  );
}
