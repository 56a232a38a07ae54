// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium through playwright-core, which web/ installs. No test downloads a browser.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('../../web/', import.meta.url));
const require = createRequire(join(web, 'package.json'));
const { chromium } = require('playwright-core');

export const axeScript = require.resolve('axe-core/axe.min.js');
export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

// Set to keep the pictures of every page: TIDEWAITER_SCREENSHOTS=FOLDER.
const screenshots = process.env.TIDEWAITER_SCREENSHOTS;

export function launch() {
  return chromium.launch({
    executablePath,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
    ],
  });
}

/** A page that remembers what the console said: errors, and what the content security policy refused. */
export async function openPage(browser, { width = 1280, height = 900, colorScheme = 'light', bypassCSP = false } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, bypassCSP, locale: 'en-GB' });
  context.setDefaultTimeout(90_000); // build machines have other work too
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, complaints, close: () => context.close() };
}

export async function keepScreenshot(page, name) {
  if (screenshots) {
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
  }
}

/** The violations of serious and critical impact, one line each. */
export async function seriousViolations(page) {
  await page.addScriptTag({ path: axeScript });
  const results = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map((node) => node.target.join(' '))
          .slice(0, 5)
          .join(' | ')}`,
    );
}
