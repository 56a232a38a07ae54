// SPDX-License-Identifier: Apache-2.0
import { Fragment } from 'react';

/** A reference or path that breaks its line after a separator before it breaks anywhere else. */
export function Reference({ text }: { text: string }) {
  return (
    <span className="tw-break">
      {text.split(/(?<=[/:@])/).map((part, i) => (
        <Fragment key={i}>
          {i > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}
