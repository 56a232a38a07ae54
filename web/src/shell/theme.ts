// SPDX-License-Identifier: Apache-2.0
// Light or dark: as the system says, unless the reader chose. The choice stays in this browser.
export const themeChoices = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

const storageKey = 'tidewaiter-theme';
const darkClass = 'pf-v6-theme-dark';
const darkQuery = '(prefers-color-scheme: dark)';

export function storedTheme(): ThemeChoice {
  try {
    const stored = localStorage.getItem(storageKey);
    return themeChoices.find((choice) => choice === stored) ?? 'system';
  } catch {
    return 'system'; // storage is switched off
  }
}

export function storeTheme(choice: ThemeChoice): void {
  try {
    localStorage.setItem(storageKey, choice);
  } catch {
    // The choice lasts until the page closes.
  }
}

function apply(choice: ThemeChoice): void {
  const isDark = choice === 'dark' || (choice === 'system' && window.matchMedia(darkQuery).matches);
  document.documentElement.classList.toggle(darkClass, isDark);
  document.documentElement.style.colorScheme = isDark ? 'dark' : 'light';
}

/** Shows the theme and follows the system where that was chosen. Returns what ends the following. */
export function followTheme(choice: ThemeChoice): () => void {
  apply(choice);
  const media = window.matchMedia(darkQuery);
  const onChange = () => apply(choice);
  media.addEventListener('change', onChange);
  return () => media.removeEventListener('change', onChange);
}
