/** An element's content: its text, its children by name in their order, or several elements of the same name. */
export type Content = string | Elements | readonly (string | Elements)[] | undefined;

/** Attributes have an "@" before their name; "#" is the text beside them. What is undefined is left out. */
export interface Elements {
  readonly [name: string]: Content;
}

/**
 * A whole document, in UTF-8. Characters that XML cannot have are left out of texts. It is written straight as text:
 * built as a tree, an invoice of 5,000 lines kept everybody else waiting for more than a second.
 */
export function writeXml(document: Elements): string {
  const written = ['<?xml version="1.0" encoding="UTF-8"?>'];
  writeElements(written, document, '');
  return written.join('\n');
}

function writeElements(written: string[], elements: Elements, indent: string): void {
  for (const [name, content] of Object.entries(elements)) {
    if (content === undefined || name.startsWith('@') || name === '#') continue;
    const several = Array.isArray(content)
      ? (content as readonly (string | Elements)[])
      : [content];
    for (const each of several) writeElement(written, name, each as string | Elements, indent);
  }
}

/** One without elements in it is one line. */
function writeElement(
  written: string[],
  name: string,
  content: string | Elements,
  indent: string,
): void {
  if (typeof content === 'string') {
    written.push(indent + leafOf(name, name, content));
    return;
  }
  const entries = Object.entries(content);
  const attributes = entries.flatMap(([key, value]) =>
    key.startsWith('@') && typeof value === 'string'
      ? [` ${key.slice(1)}="${escaped(value).replaceAll('"', '&quot;')}"`]
      : [],
  );
  const begin = [name, ...attributes].join('');
  const { '#': text } = content;
  const hasElements = entries.some(
    ([key, value]) => value !== undefined && !key.startsWith('@') && key !== '#',
  );
  if (!hasElements) {
    written.push(indent + leafOf(name, begin, typeof text === 'string' ? text : ''));
    return;
  }
  written.push(`${indent}<${begin}>`);
  writeElements(written, content, `${indent}  `);
  written.push(`${indent}</${name}>`);
}

function leafOf(name: string, begin: string, text: string): string {
  return text === '' ? `<${begin}/>` : `<${begin}>${escaped(text)}</${name}>`;
}

function escaped(text: string): string {
  return text
    .replace(NOT_OF_XML, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** All but the Char of XML 1.0, and halves of pairs. */
const NOT_OF_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

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
