/** The page with what stands between its two comments of that name replaced. Prettier aligns tables afterwards. */
export function withWritten(page: string, what: string, text: string): string {
  const begin = `<!-- ${what}: written by \`npm run docs\` -->`;
  const end = `<!-- end of ${what} -->`;
  const [from, until] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || until < from) throw new Error(`The page lacks "${begin}" … "${end}".`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(until)}`;
}

/** Without what prettier may change: how wide the columns of tables are. */
export function unaligned(page: string): string {
  return page
    .replace(/ +/g, ' ')
    .replace(/-{2,}/g, '-')
    .replace(/\| - (?=[|-])/g, '|-');
}
