// SPDX-License-Identifier: Apache-2.0
import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';
import { forgetAnswers } from '../api/client';

configure({ asyncUtilTimeout: 15_000 });

// What jsdom lacks and the shell asks for: a wide, light screen.
window.matchMedia = (query: string) =>
  ({
    media: query,
    matches: query.includes('min-width'),
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList;

afterEach(() => {
  cleanup();
  forgetAnswers();
  vi.unstubAllGlobals();
});
