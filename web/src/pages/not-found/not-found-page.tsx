// SPDX-License-Identifier: Apache-2.0
import { Link } from 'react-router-dom';
import { PageTitle } from '../../components/page';

export function NotFoundPage() {
  return (
    <>
      <PageTitle title="There is no such page" />
      <p>
        The address may be mistyped. <Link to="/images">All images</Link>
      </p>
    </>
  );
}
