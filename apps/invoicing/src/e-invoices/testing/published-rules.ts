import { InvoiceService, invoiceSchema } from '@e-invoice-eu/core';
import { convert } from 'xmlbuilder2';

/** A part of a JSON schema, as far as it says how documents are built. */
interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

type Tree = { [name: string]: string | Tree | Tree[] | string[] };

/**
 * What another program, `@e-invoice-eu/core`, writes of a UBL document when it has read it: it holds it against the
 * rules that it publishes (which fields must be there, how often, code lists, forms of amounts and dates), puts
 * everything in the order of the schemas, and has a table of its own for CII. Throws where a rule is broken.
 */
export async function rewritten(ubl: string, format: 'UBL' | 'CII'): Promise<string> {
  faults.length = 0;
  const input = { 'ubl:Invoice': withTheirOwn(readBySchema(asInvoice(ubl))) };
  try {
    return String(await service.generate(input as never, { format, lang: 'en' }));
  } catch (error) {
    throw new Error(`not by the published rules: ${faults.join('\n')}`, { cause: error });
  }
}

const faults: string[] = [];
const service = new InvoiceService({
  log: () => undefined,
  warn: () => undefined,
  error: (message: string) => void faults.push(message),
});

/**
 * Its rules are those of a network for e-invoices, stricter than EN 16931 in two points: both parties have an address
 * there, and prices have two digits. They are met for it, and left out of `leavesOf`.
 */
function withTheirOwn(invoice: Tree): Tree {
  for (const name of ['cac:AccountingSupplierParty', 'cac:AccountingCustomerParty']) {
    const { 'cac:Party': party } = invoice[name] as { 'cac:Party': Tree };
    party['cbc:EndpointID'] = 'somebody@example.com';
    party['cbc:EndpointID@schemeID'] = 'EM';
  }
  for (const { 'cac:Price': price } of invoice['cac:InvoiceLine'] as { 'cac:Price': Tree }[])
    price['cbc:PriceAmount'] = '1.00';
  return invoice;
}

const LEFT_OUT = [
  'cbc:EndpointID',
  'ram:URIUniversalCommunication',
  'cbc:PriceAmount',
  'ram:NetPriceProductTradePrice/ram:ChargeAmount',
  // The network's own process.
  'cbc:ProfileID',
  'ram:BusinessProcessSpecifiedDocumentContextParameter',
  // It does not write which invoice a credit note takes back.
  'ram:InvoiceReferencedDocument',
];

/** The names and texts of a document's leaves, in their order: what it says, apart from what is left out. */
export function leavesOf(xml: string): string[] {
  const leaves: string[] = [];
  const walk = (path: string, content: unknown): void => {
    if (Array.isArray(content)) for (const each of content) walk(path, each);
    else if (typeof content === 'object' && content !== null)
      for (const [name, inside] of Object.entries(content)) {
        if (name === '#') walk(path, inside);
        else if (!name.startsWith('@xmlns') && name !== '@xsi:schemaLocation')
          walk(`${path}/${name}`, inside);
      }
    else leaves.push(`${path} = ${String(content)}`);
  };
  walk('', parsed(xml));
  return leaves.filter((leaf) => !LEFT_OUT.some((name) => leaf.includes(name)));
}

function parsed(xml: string): Tree {
  return convert(xml, { format: 'object' }) as Tree;
}

/** The program reads credit notes as invoices of another type. */
function asInvoice(ubl: string): Tree {
  const invoice = ubl
    .replaceAll(/(<\/?(?:cbc:|cac:)?)CreditNote(?=[ >TL])/g, '$1Invoice')
    .replaceAll('cbc:CreditedQuantity', 'cbc:InvoicedQuantity');
  return (parsed(invoice) as { Invoice: Tree }).Invoice;
}

const definitions = invoiceSchema as unknown as Schema;

/** In the form that the program reads: lists where the schema has them, attributes beside their elements. */
function readBySchema(tree: Tree, schema = definitions.properties?.['ubl:Invoice']): Tree {
  const read: Tree = {};
  for (const [name, content] of Object.entries(tree)) {
    if (name.startsWith('@xmlns')) continue;
    const of = schema?.properties?.[name];
    const all = (Array.isArray(content) ? content : [content]) as (string | Tree)[];
    const items = all.map((each) => readContent(read, name, each, of));
    read[name] = (of?.type === 'array' ? items : items[0]) as Tree;
  }
  return read;
}

function readContent(
  into: Tree,
  name: string,
  content: string | Tree,
  schema: Schema | undefined,
): string | Tree {
  if (typeof content === 'string') return content;
  if (!('#' in content)) return readBySchema(content, schema?.items ?? schema);
  for (const [attribute, value] of Object.entries(content))
    if (attribute !== '#') into[`${name}${attribute}`] = value;
  return content['#'] as string;
}
