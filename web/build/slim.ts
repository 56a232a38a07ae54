// SPDX-License-Identifier: Apache-2.0
// What the build takes away and adds: parts of PatternFly's base style sheet that no page uses, and the licences of what
// is bundled.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AcceptedPlugin } from 'postcss';
import type { Plugin } from 'vite';

const unusedSelector = /pf-v6-pficon|pf-v6-theme-(felt|glass|high-contrast)|ai-indicator|-thinking|legacy-font/;
const unusedFont = /pficon|Italic/;

/** Drops the icon font, italics (the browser slants), and the themes that the toggle does not offer. */
export function slimBase(): AcceptedPlugin {
  return {
    postcssPlugin: 'slim-base',
    Once(root) {
      root.walkAtRules('font-face', (rule) => {
        if (unusedFont.test(rule.toString())) {
          rule.remove();
        }
      });
      root.walkRules((rule) => {
        const kept = rule.selectors.filter((selector) => !unusedSelector.test(selector));
        if (kept.length === 0) {
          rule.remove();
        } else if (kept.length < rule.selectors.length) {
          rule.selectors = kept;
        }
      });
    },
  };
}

// A minified declaration of a custom property; a value holds ; or } only inside quotes or brackets.
const declaration = /(?<=[{;])(--[\w-]+):((?:"[^"]*"|'[^']*'|\([^()]*\)|[^;{}])*)(;|(?=\}))/g;

/** Drops custom properties that nothing reads, until none is left: most of PatternFly's tokens are for others. */
export function withoutUnusedProperties(css: string, scripts: string): string {
  for (;;) {
    const used = new Set([...css.matchAll(/var\(\s*(--[\w-]+)/g), ...scripts.matchAll(/(--[\w-]+)/g)].map((m) => m[1]));
    const slim = css.replace(declaration, (whole, name: string) => (used.has(name) ? whole : ''));
    if (slim === css) {
      return css.replace(/[^{}]+\{\}/g, '');
    }
    css = slim;
  }
}

export function slimStyles(): Plugin {
  return {
    name: 'slim-styles',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const files = Object.values(bundle);
      const scripts = files.map((file) => (file.type === 'chunk' ? file.code : '')).join('\n');
      for (const file of files) {
        if (file.type === 'asset' && file.fileName.endsWith('.css')) {
          file.source = withoutUnusedProperties(String(file.source), scripts);
        }
      }
    },
  };
}

function packageFolder(moduleId: string): string | null {
  const match = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(moduleId);
  return match?.[1] ?? null;
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  return file ? readFileSync(join(folder, file), 'utf8').trim() : 'see the package';
}

/** licenses.txt: name, version, licence and its text for each package in the bundle, and for PatternFly's fonts. */
export function licenses(): Plugin {
  return {
    name: 'licenses',
    apply: 'build',
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const file of Object.values(bundle)) {
        for (const id of file.type === 'chunk' ? file.moduleIds : []) {
          const folder = packageFolder(id);
          if (folder && existsSync(join(folder, 'package.json'))) {
            folders.add(folder);
          }
        }
      }
      const parts = [...folders].sort().map((folder) => {
        const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
        return `${name} ${version} (${license})\n\n${licenceText(folder)}`;
      });
      parts.push(
        'Red Hat Text, Red Hat Display, Red Hat Mono (SIL Open Font License 1.1)\n\nhttps://openfontlicense.org',
      );
      this.emitFile({
        type: 'asset',
        fileName: 'licenses.txt',
        source: `${parts.join(`\n\n${'-'.repeat(72)}\n\n`)}\n`,
      });
    },
  };
}
