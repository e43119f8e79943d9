use crate::Error;
use std::future::Future;
use tokio_stream::Stream;
use tonic::{Response, Status};

/// All that is listed, page by page as it is read. `list` asks for the page of a token; `items_of` takes the items and
/// the next token out of a page. It ends with the first error.
pub fn paged<Page, Item, Asked, Items>(
    list: impl Fn(String) -> Asked,
    items_of: impl Fn(Page) -> (Items, String),
) -> impl Stream<Item = Result<Item, Error>>
where
    Asked: Future<Output = Result<Response<Page>, Status>>,
    Items: IntoIterator<Item = Item>,
{
    async_stream::try_stream! {
        let mut token = String::new();
        loop {
            let page = list(token).await?.into_inner();
            let (items, next) = items_of(page);
            for item in items {
                yield item;
            }
            if next.is_empty() {
                break;
            }
            token = next;
        }
    }
}
