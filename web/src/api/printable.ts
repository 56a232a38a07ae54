// SPDX-License-Identifier: Apache-2.0
// Text from registries and feeds may hold characters that nobody sees, or that turn the reading order round (a path that
// reads differently from what it is). They are shown as \u{…}. Line feeds and tabs stay: summaries have lines.

// Control characters, zero-width characters, the bidirectional controls, byte order mark, line and paragraph separators.
const invisible =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

export function printable(text: string): string {
  return text.replace(invisible, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** The same for every string in a JSON value. Member names are ours and stay. */
export function printableValue<Value>(value: Value): Value {
  if (typeof value === 'string') {
    return printable(value) as Value;
  }
  if (Array.isArray(value)) {
    return value.map(printableValue) as Value;
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, printableValue(member)])) as Value;
  }
  return value;
}
