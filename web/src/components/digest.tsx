// SPDX-License-Identifier: Apache-2.0
const shownDigits = 12;

export function shortDigest(digest: string): string {
  const [algorithm, hex] = digest.split(':', 2);
  return hex && hex.length > shownDigits ? `${algorithm}:${hex.slice(0, shownDigits)}` : digest;
}

export function ShortDigest({ digest }: { digest: string }) {
  return (
    <code className="tw-mono tw-nowrap" title={digest}>
      {shortDigest(digest)}
    </code>
  );
}
