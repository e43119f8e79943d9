package com.billingrails;

import com.google.protobuf.Message;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Lists, page by page. */
public final class Paged {
  private Paged() {}

  /**
   * All that is listed, page by page as it is read: {@code Paged.stream(invoices::listInvoices, request,
   * ListInvoicesResponse::getInvoicesList)}.
   */
  public static <I extends Message, O extends Message, T> Stream<T> stream(
      Function<I, O> list, I request, Function<O, List<T>> itemsOf) {
    UnaryOperator<O> next =
        page -> tokenOf(page).isEmpty() ? null : list.apply(withToken(request, tokenOf(page)));
    return Stream.iterate(list.apply(request), page -> page != null, next)
        .flatMap(page -> itemsOf.apply(page).stream());
  }

  /** The same for a loop: {@code for (var invoice : Paged.of(…))}. */
  public static <I extends Message, O extends Message, T> Iterable<T> of(
      Function<I, O> list, I request, Function<O, List<T>> itemsOf) {
    return () -> {
      Iterator<T> items = stream(list, request, itemsOf).iterator();
      return items;
    };
  }

  private static String tokenOf(Message page) {
    return (String) page.getField(page.getDescriptorForType().findFieldByName("next_page_token"));
  }

  @SuppressWarnings("unchecked")
  private static <I extends Message> I withToken(I request, String token) {
    var field = request.getDescriptorForType().findFieldByName("page_token");
    return (I) request.toBuilder().setField(field, token).build();
  }
}
