// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vitest/config';
import { licenses, slimBase, slimStyles } from './build/slim';

export default defineConfig({
  plugins: [slimStyles(), licenses()],
  esbuild: { jsx: 'automatic', legalComments: 'none' },
  css: { postcss: { plugins: [slimBase()] } },
  build: {
    target: 'es2022',
    sourcemap: false,
    // Everything is a file of this server, so that the content security policy needs no data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // "use client" marks mean nothing here.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
  server: { proxy: { '/rest': 'http://127.0.0.1:8080' } },
  test: {
    environment: 'jsdom',
    css: false,
    // Nothing here waits for long, but build machines have other work too.
    testTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    setupFiles: ['src/test/setup.ts'],
    server: { deps: { inline: [/@patternfly/] } },
  },
});
