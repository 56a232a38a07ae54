// SPDX-License-Identifier: Apache-2.0
import { SearchInput } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router-dom';

const typingPauseMs = 300;
const lengthMax = 200;

/** Changes one parameter of the page's address and goes back to the first page. */
export function useFilter(): [URLSearchParams, (name: string, value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const change = (name: string, value: string) =>
    setSearch(
      (current) => {
        const changed = new URLSearchParams(current);
        changed.delete('after');
        changed.delete('before');
        if (value) {
          changed.set(name, value);
        } else {
          changed.delete(name);
        }
        return changed;
      },
      { replace: true },
    );
  return [search, change];
}

export function SearchBox({ label, placeholder }: { label: string; placeholder: string }) {
  const [search, change] = useFilter();
  const searched = search.get('search') ?? '';
  const [typed, setTyped] = useState(searched);
  const [lastSearched, setLastSearched] = useState(searched);
  // The address changed by other means (back button, a link): it wins over what is in the box.
  if (searched !== lastSearched) {
    setLastSearched(searched);
    setTyped(searched);
  }
  useEffect(() => {
    if (typed.trim() === searched) {
      return undefined;
    }
    const timer = setTimeout(() => change('search', typed.trim()), typingPauseMs);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `change` is new on every render and reads nothing old
  }, [typed, searched]);
  return (
    <div className="tw-search">
      <SearchInput
        aria-label={label}
        placeholder={placeholder}
        value={typed}
        onChange={(_event, value) => setTyped(value.slice(0, lengthMax))}
        onClear={() => {
          setTyped('');
          change('search', '');
        }}
      />
    </div>
  );
}
