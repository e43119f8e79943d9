import { create } from 'xmlbuilder2';

/** An element's content: its text, its children by name in their order, or several elements of the same name. */
export type Content = string | Elements | readonly (string | Elements)[] | undefined;

/** Attributes have an "@" before their name; "#" is the text beside them. What is undefined is left out. */
export interface Elements {
  readonly [name: string]: Content;
}

/** A whole document, in UTF-8. Characters that XML cannot have are left out of texts. */
export function writeXml(document: Elements): string {
  const root = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '' }, {});
  return root.ele(clean(document) as Record<string, unknown>).end({ prettyPrint: true });
}

/** The elements of a text, where there is one. */
export function optional(
  text: string | undefined,
  elements: (text: string) => Elements,
): Elements | undefined {
  return text === undefined || text === '' ? undefined : elements(text);
}

export function unlessEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function clean(elements: Elements): Record<string, unknown> {
  const kept = Object.entries(elements).filter(([, content]) => content !== undefined);
  return Object.fromEntries(kept.map(([name, content]) => [name, cleanContent(content)]));
}

function cleanContent(content: Content): unknown {
  if (content === undefined || typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(cleanContent);
  return clean(content as Elements);
}
