import { existsSync, readFileSync, statSync } from 'node:fs';
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
 * code: the site holds pages only. One to what is not there, file or anchor, fails the build.
 */
export function linksIntoCheckout(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-into-checkout', ({ tokens, env }) => {
    const page = (env as { relativePath?: string }).relativePath ?? '';
    for (const { children } of tokens) {
      let isCode = false;
      for (const token of children ?? []) {
        if (token.type === 'link_close' && isCode) {
          Object.assign(token, { tag: 'code' });
          isCode = false;
        }
        const target = token.type === 'link_open' && targetOf(page, token.attrGet('href') ?? '');
        if (!target) continue;
        const fault = faultOf(target);
        if (fault) throw new Error(`${page} links to ${fault}, which is not there.`);
        isCode = !isPage(target.path);
        if (isCode)
          Object.assign(token, { type: 'code_link', tag: 'code', attrs: [['title', target.path]] });
      }
    }
  });
}

interface Target {
  /** From the checkout's folder. */
  readonly path: string;
  /** Empty: the top of the page. */
  readonly anchor: string;
}

/** Undefined for addresses and what begins at the site's root. */
function targetOf(page: string, href: string): Target | undefined {
  if (/^([a-z]+:|\/)/.test(href) || href === '') return undefined;
  const [path = '', anchor = ''] = decodeURI(href).split('#');
  return { path: path === '' ? page : posix.normalize(posix.join(dirname(page), path)), anchor };
}

function faultOf({ path, anchor }: Target): string | undefined {
  // The home page is one of the site alone, at another path than its file.
  if (path === 'index.md') return undefined;
  if (!existsSync(join(root, path))) return path;
  if (anchor === '' || !isPage(path)) return undefined;
  return anchorsOf(path).has(anchor) ? undefined : `${path}#${anchor}`;
}

const known = new Map<string, ReadonlySet<string>>();

/** Of its headings, and those that it sets itself. */
function anchorsOf(path: string): ReadonlySet<string> {
  const found = known.get(path);
  if (found) return found;
  const text = readFileSync(join(root, path), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  const anchors = new Set([
    ...[...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slugOf(plainOf(heading))),
    ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id),
  ]);
  known.set(path, anchors);
  return anchors;
}

/** A heading without its marks: a link is its text. */
function plainOf(heading: string): string {
  return heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
}

function isPage(path: string): boolean {
  return path.endsWith('.md') && statSync(join(root, path)).isFile();
}
