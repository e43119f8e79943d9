interface PageRequest {
  pageToken?: string;
}
interface Page {
  readonly nextPageToken: string;
}

/**
 * Iterates over what is listed, page by page as it is read:
 * `for await (const invoice of paged(invoices.listInvoices, { accountId }, (page) => page.invoices))`.
 */
export async function* paged<Request extends PageRequest, Answer extends Page, Item>(
  list: (request: Request) => Promise<Answer>,
  request: Request,
  itemsOf: (page: Answer) => readonly Item[],
): AsyncGenerator<Item, void, undefined> {
  let pageToken = request.pageToken ?? '';
  do {
    const page = await list({ ...request, pageToken });
    yield* itemsOf(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
