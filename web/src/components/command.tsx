// SPDX-License-Identifier: Apache-2.0
import { Button } from '@patternfly/react-core';
import { CheckIcon, CopyIcon } from '@patternfly/react-icons';
import { useEffect, useState } from 'react';

/** One word of a POSIX shell command: names come from registries and are pasted into terminals. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const copiedShownMs = 2_000;

export function CopyButton({ text, name }: { text: string; name: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) {
      return undefined;
    }
    const timer = setTimeout(() => setCopied(false), copiedShownMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  // Browsers offer the clipboard to secure pages only; text stays selectable elsewhere.
  if (!navigator.clipboard) {
    return null;
  }
  return (
    <Button
      variant="plain"
      size="sm"
      className="tw-copy"
      aria-label={isCopied ? 'Copied' : `Copy ${name}`}
      icon={isCopied ? <CheckIcon /> : <CopyIcon />}
      onClick={() =>
        void navigator.clipboard.writeText(text).then(
          () => setCopied(true),
          () => undefined,
        )
      }
    />
  );
}

export function Command({ text }: { text: string }) {
  return (
    <span className="tw-command">
      <code>{text}</code>
      <CopyButton text={text} name="command" />
    </span>
  );
}
