// SPDX-License-Identifier: Apache-2.0
import { Button } from '@patternfly/react-core';
import { AngleLeftIcon, AngleRightIcon } from '@patternfly/react-icons';
import { useSearchParams } from 'react-router-dom';
import { linkCursor, type Parameters } from '../api/client';
import type { JsonDocument } from '../api/types';

const limits = [20, 50, 100];

/** Cursor and page size live in the address of the page, so that a reload and a shared link show the same rows. */
export function usePaging(defaultLimit: number): { limit: number; parameters: Parameters } {
  const [search] = useSearchParams();
  const asked = Number(search.get('limit'));
  const limit = limits.includes(asked) ? asked : defaultLimit;
  const after = search.get('after');
  return { limit, parameters: { limit, starting_after: after, ending_before: after ? null : search.get('before') } };
}

interface PagerProps {
  document: JsonDocument<unknown[]>;
  limit: number;
  /** "images": what is paged. */
  name: string;
}

export function Pager({ document, limit, name }: PagerProps) {
  const [search, setSearch] = useSearchParams();
  const next = linkCursor(document.links?.next, 'starting_after');
  const previous = linkCursor(document.links?.prev, 'ending_before');
  const go = (cursor: 'after' | 'before' | null, value: string, newLimit = limit) => {
    const changed = new URLSearchParams(search);
    changed.delete('after');
    changed.delete('before');
    if (cursor) {
      changed.set(cursor, value);
    }
    if (newLimit !== limit) {
      changed.set('limit', String(newLimit));
    }
    setSearch(changed);
  };
  if (next === null && previous === null && document.data.length <= Math.min(...limits)) {
    return null;
  }
  return (
    <nav className="tw-pager" aria-label={`Pages of ${name}`}>
      <label>
        Rows{' '}
        <select className="tw-select" value={limit} onChange={(event) => go(null, '', Number(event.target.value))}>
          {limits.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      </label>
      <Button
        variant="secondary"
        size="sm"
        icon={<AngleLeftIcon />}
        isDisabled={previous === null}
        onClick={() => previous && go('before', previous)}
      >
        Previous
      </Button>
      <Button
        variant="secondary"
        size="sm"
        icon={<AngleRightIcon />}
        iconPosition="end"
        isDisabled={next === null}
        onClick={() => next && go('after', next)}
      >
        Next
      </Button>
    </nav>
  );
}
