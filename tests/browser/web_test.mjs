// SPDX-License-Identifier: Apache-2.0
// The built pages in a real browser, over the mock server: what only a browser can tell. Run after `make web` as
// `node tests/browser/web_test.mjs`; ends with 77 (skipped) and the reason where Chromium or the build is missing.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const needed = [
  fileURLToPath(new URL('../../web/dist/index.html', import.meta.url)),
  fileURLToPath(new URL('../../web/node_modules/playwright-core', import.meta.url)),
  process.env.CHROMIUM ?? '/usr/bin/chromium',
];
const missing = needed.find((file) => !existsSync(file));
if (missing) {
  console.log(`there is no ${missing}; "make deps web" provides it`);
  process.exit(77);
}
const tools = await import('./browser.mjs');
const { startMock } = await import('../../web/mock/server.mjs');

let mock;
let browser;

before(async () => {
  mock = await startMock();
  browser = await tools.launch();
});
beforeEach(() => mock.setScene('normal'));
after(async () => {
  await browser?.close();
  mock?.close();
});

const firstImage = '/images/00000000-0000-4000-8000-000000000101';
// Twenty rows hold one of each kind; more only take longer to check.
const places = [
  { name: 'images', scene: 'normal', path: '/images?limit=20', ready: 'table' },
  { name: 'images-empty', scene: 'empty', path: '/images', ready: 'text=No images yet' },
  { name: 'images-broken', scene: 'broken', path: '/images', ready: '[role=alert]' },
  { name: 'images-demo', scene: 'demo', path: '/images?limit=20', ready: 'table' },
  { name: 'image-findings', scene: 'normal', path: `${firstImage}/findings?limit=20`, ready: 'table' },
  { name: 'image-findings-demo', scene: 'demo', path: `${firstImage}/findings?limit=20`, ready: 'table' },
  { name: 'image-packages', scene: 'normal', path: `${firstImage}/packages?limit=20`, ready: 'table' },
  { name: 'image-gaps', scene: 'normal', path: `${firstImage}/gaps`, ready: 'table' },
  {
    name: 'explanation',
    scene: 'normal',
    path: `${firstImage}/explanations/CVE-2023-40000`,
    ready: 'text=Smallest fixed version',
  },
  {
    name: 'explanation-none',
    scene: 'normal',
    path: `${firstImage}/explanations/CVE-1999-1`,
    ready: 'text=Feeds that were asked',
  },
  { name: 'artifact', scene: 'normal', path: firstImage.replace(/1$/, '4'), ready: 'text=Not an image' },
  { name: 'syncs', scene: 'normal', path: '/syncs', ready: 'table' },
  { name: 'feeds', scene: 'notices', path: '/feeds', ready: 'table' },
  { name: 'feeds-demo', scene: 'demo', path: '/feeds', ready: 'table' },
  { name: 'sign-in', scene: 'out', path: '/', ready: 'text=one-time link' },
];
const looks = [
  { name: '1280', width: 1280, colorScheme: 'light' },
  { name: '1280-dark', width: 1280, colorScheme: 'dark' },
  { name: '400', width: 400, height: 860, colorScheme: 'light' },
];

// Chromium reports an answer of 4xx or 5xx itself; those of these scenes are what is tested.
const isExpected = (scene) => (text) =>
  (scene === 'out' && text.includes('401')) || (scene === 'broken' && text.includes('500'));

for (const place of places) {
  test(`${place.name} has no serious accessibility violation, complaint or sideways scrolling`, async () => {
    mock.setScene(place.scene);
    for (const look of looks) {
      // axe is injected as a script, which the policy rightly refuses: the policy is tested by the next test.
      const { page, complaints, close } = await tools.openPage(browser, { ...look, bypassCSP: true });
      await page.goto(mock.address + place.path);
      await page.waitForSelector(place.ready);
      if (place.name.startsWith('image-findings')) {
        await page.getByRole('button', { name: 'Details' }).first().click();
        await page.waitForSelector('.tw-evidence');
      }
      await tools.keepScreenshot(page, `${place.name}-${look.name}`);
      assert.deepEqual(await tools.seriousViolations(page), [], look.name);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${look.name}: ${overflow} pixels too wide`);
      assert.deepEqual(
        complaints.filter((text) => !isExpected(place.scene)(text)),
        [],
        look.name,
      );
      await close();
    }
  });
}

test('every page works under the content security policy without an addition', async () => {
  const { page, complaints, close } = await tools.openPage(browser);
  for (const place of places.filter(({ scene }) => scene === 'normal')) {
    await page.goto(mock.address + place.path);
    await page.waitForSelector(place.ready);
  }
  await page.getByRole('button', { name: 'Dark theme' }).click();
  assert.deepEqual(complaints, []);
  await close();
});

test('the theme follows the system until one is chosen, and the choice stays', async () => {
  const { page, close } = await tools.openPage(browser, { colorScheme: 'dark' });
  // The page hears of the system's change a moment later.
  const becomes = (isDark) =>
    page.waitForFunction(
      (wanted) => document.documentElement.classList.contains('pf-v6-theme-dark') === wanted,
      isDark,
    );
  await page.goto(`${mock.address}/feeds`);
  await page.waitForSelector('table');
  await becomes(true);
  await page.emulateMedia({ colorScheme: 'light' });
  await becomes(false);
  await page.getByRole('button', { name: 'Dark theme' }).click();
  await becomes(true);
  await page.reload();
  await page.waitForSelector('table');
  await becomes(true);
  await close();
});

test('an image and its evidence are reached with the keyboard alone', async () => {
  const { page, close } = await tools.openPage(browser);
  await page.goto(mock.address);
  await page.waitForSelector('table');
  const press = async (key, isThere, pressesMax = 60) => {
    for (let presses = 0; presses < pressesMax; presses++) {
      await page.keyboard.press(key);
      if (await page.evaluate(isThere)) {
        return;
      }
    }
    assert.fail(`${key} does not lead there`);
  };
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await press('Tab', () => document.activeElement.textContent.endsWith('/shop/checkout:2.14.0'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('table[aria-label=Findings]');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'a new page begins at its top');
  await press('Tab', () => document.activeElement.getAttribute('aria-label') === 'Details');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=How to check it on the command line');
  await close();
});

test('a finding leads to the page that explains it, whose address stays', async () => {
  const { page, close } = await tools.openPage(browser);
  await page.goto(`${mock.address}${firstImage}/findings`);
  await page.getByRole('link', { name: 'CVE-2023-40000', exact: true }).click();
  await page.waitForSelector('text=Take a newer base image');
  assert.equal(new URL(page.url()).pathname, `${firstImage}/explanations/CVE-2023-40000`);
  await page.reload();
  await page.waitForSelector('text=A summary with markup: <img src=x');
  assert.equal(await page.locator('img').count(), 0);
  assert.match(await page.title(), /^CVE-2023-40000/);
  await page.getByRole('link', { name: /shop\/checkout/ }).click();
  await page.waitForSelector('table[aria-label=Findings]');
  await close();
});

test('the list follows a scan without a reload, and an unchanged poll costs a 304', async () => {
  const { page, close } = await tools.openPage(browser);
  mock.setScene('empty');
  mock.requests.length = 0;
  await page.goto(`${mock.address}/images`);
  await page.waitForSelector('text=No images yet');
  const isPolled = ({ path, status }) => path.endsWith('/images') && status === 304;
  for (let waited = 0; waited < 100 && !mock.requests.some(isPolled); waited++) {
    await page.waitForTimeout(100);
  }
  assert.ok(mock.requests.some(isPolled));
  mock.setScene('normal');
  await page.getByText('/shop/checkout:2.14.0').waitFor();
  await close();
});

test('pages of rows lead forth and back, and the address keeps the place', async () => {
  const { page, close } = await tools.openPage(browser);
  await page.goto(`${mock.address}/images?limit=20`);
  const last = page.locator('tbody tr').last();
  await page.waitForSelector('text=/service-20:');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.waitForSelector('text=/service-21:');
  await page.reload();
  await page.waitForSelector('text=/service-21:');
  await page.getByRole('button', { name: 'Previous' }).click();
  await page.waitForSelector('text=/service-20:');
  assert.match(await last.textContent(), /service-20:/);
  await close();
});

test('text of registries and feeds is shown as text', async () => {
  const { page, close } = await tools.openPage(browser);
  await page.goto(`${mock.address}${firstImage}/findings`);
  await page.getByRole('button', { name: 'Details' }).first().click();
  await page.waitForSelector('text=A summary with markup: <img src=x');
  await page.goto(`${mock.address}/images`);
  await page.waitForSelector('text=none \\u{202e}gnp.exe <img');
  assert.equal(await page.locator('img').count(), 0);
  assert.match(await page.title(), /^Images/);
  await close();
});

test('signing out ends the session and leads to the sign-in page', async () => {
  const { page, close } = await tools.openPage(browser);
  await page.goto(mock.address);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForSelector('text=one-time link');
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0);
  await close();
});
