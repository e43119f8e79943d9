import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { linksIntoCheckout, slugOf } from './links';
import { sidebar } from './sidebar';

/**
 * The site of the pages that the repository has: README, docs/ and the READMEs of the services, as they are. A link to
 * a page that is not there fails the build.
 */
// VitePress takes its configuration as the default export.
// eslint-disable-next-line no-restricted-exports
export default defineConfig({
  title: 'Billingrails',
  description: 'Open usage billing: events in, explained invoices out.',
  srcDir: '../..',
  // VitePress ignores **/node_modules by itself.
  srcExclude: ['{dist,.data,.nx}/**', 'clients/**/{target,dist,venv}/**'],
  rewrites: { 'tools/site/home.md': 'index.md' },
  outDir: fileURLToPath(new URL('../../../dist/site', import.meta.url)),
  cacheDir: fileURLToPath(new URL('../../../dist/site-cache', import.meta.url)),
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    anchor: { slugify: slugOf },
    config: (markdown) => markdown.use(linksIntoCheckout),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Tutorial', link: '/docs/tutorial' },
      { text: 'Recipes', link: '/docs/recipes/ai-tokens' },
      { text: 'Errors', link: '/docs/errors' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar,
  },
});
