import { existsSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer } from 'vitepress';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The anchor that a heading has where code is hosted, so that links to it hold there and here. */
export function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .replace(/\s/gu, '-');
}

/**
 * A link into the checkout that is no page of the site, such as one to a contract or a folder, becomes its path as
 * code: the site holds pages only. One to what is not there fails the build.
 */
export function linksIntoCheckout(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-into-checkout', ({ tokens, env }) => {
    const page = (env as { relativePath?: string }).relativePath ?? '';
    for (const { children } of tokens) {
      let isOpen = false;
      for (const token of children ?? []) {
        if (token.type === 'link_close' && isOpen) {
          Object.assign(token, { tag: 'code' });
          isOpen = false;
        }
        const target =
          token.type === 'link_open' && checkoutPath(page, token.attrGet('href') ?? '');
        if (!target) continue;
        if (!existsSync(join(root, target)))
          throw new Error(`${page} links to ${target}, which is not there.`);
        if (isPage(target)) continue;
        Object.assign(token, { type: 'code_link', tag: 'code', attrs: [['title', target]] });
        isOpen = true;
      }
    }
  });
}

/** The path from the checkout's folder; undefined for addresses, anchors and what begins at the site's root. */
function checkoutPath(page: string, href: string): string | undefined {
  if (/^([a-z]+:|#|\/)/.test(href) || href === '') return undefined;
  return posix.normalize(posix.join(dirname(page), decodeURI(href).replace(/[?#].*$/, '')));
}

function isPage(path: string): boolean {
  return path.endsWith('.md') && statSync(join(root, path)).isFile();
}
