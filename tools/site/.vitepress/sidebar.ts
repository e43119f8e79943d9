import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'First steps': ['tutorial', 'comparison', 'glossary', 'architecture'],
  Usage: ['events', 'metering', 'filters', 'corrections', 'stored-events', 'events-from-others'],
  Prices: ['catalogue', 'pricing', 'subscriptions', 'billing', 'bills'],
  Access: ['entitlements', 'credits', 'alerts'],
  Invoices: ['invoicing', 'taxes', 'coupons', 'payments', 'e-invoices', 'exports'],
  Webhooks: ['webhooks', 'webhooks-events'],
  Calls: ['gateway', 'access', 'audit', 'json', 'errors', 'clients', 'cli'],
  'Behind it': ['dependencies', 'benchmarks'],
};

/** All pages of docs/: by subject, and each folder in the order of its files. Throws on a page that has no place. */
export const sidebar: DefaultTheme.SidebarItem[] = [
  ...Object.entries(SUBJECTS).map(([text, pages]) => ({
    text,
    items: pages.map((page) => itemOf(page)),
  })),
  folder('Recipes', 'recipes'),
  folder('Coming from', 'coming-from'),
  { ...folder('Operations', 'operations'), collapsed: true },
  { ...folder('Decisions', 'decisions'), collapsed: true },
];

const placed = new Set(Object.values(SUBJECTS).flat());
const homeless = pagesOf('').filter((page) => !placed.has(page));
if (homeless.length > 0) {
  throw new Error(
    `These pages of docs/ have no place in tools/site/.vitepress/sidebar.ts: ${homeless.join(', ')}.`,
  );
}

function folder(text: string, name: string): DefaultTheme.SidebarItem {
  return { text, items: pagesOf(name).map((page) => itemOf(`${name}/${page}`)) };
}

function pagesOf(name: string): string[] {
  return readdirSync(`${root}docs/${name}`)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .sort();
}

/** Called by its first heading. */
function itemOf(page: string): DefaultTheme.SidebarItem {
  const [, title] = /^# (.+)$/m.exec(readFileSync(`${root}docs/${page}.md`, 'utf8')) ?? [];
  if (!title) throw new Error(`docs/${page}.md has no title.`);
  return { text: title.replaceAll('`', ''), link: `/docs/${page}` };
}
