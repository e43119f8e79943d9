/** What a reader sees of an HTML page: the body without its tags, white space as a browser shows it. */
export function pageText(page: string): string {
  const body = page.slice(page.indexOf('<body>'));
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('&#39;', "'");
}
