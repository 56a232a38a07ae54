// SPDX-License-Identifier: Apache-2.0
// A step of the breadcrumb that leads back.
import { BreadcrumbItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';

export function CrumbLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <BreadcrumbItem
      render={({ className }) => (
        <Link className={className} to={to}>
          {children}
        </Link>
      )}
    />
  );
}
