package com.billingrails;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.math.BigDecimal;
import java.util.Map;

/** Properties of events. */
public final class Properties {
  /** What a double holds exactly. */
  private static final long INTEGER_MAX = (1L << 53) - 1;

  private Properties() {}

  /**
   * The properties of an event from null, Booleans, numbers, texts, and Iterables and Maps of these. A BigDecimal, and an
   * integer that a double does not hold, become texts, which meters count exactly. Throws IllegalArgumentException for
   * anything else.
   */
  public static Struct of(Map<String, ?> values) {
    var struct = Struct.newBuilder();
    values.forEach((name, value) -> struct.putFields(name, valueOf(value)));
    return struct.build();
  }

  private static Value valueOf(Object value) {
    var made = Value.newBuilder();
    if (value == null) return made.setNullValue(NullValue.NULL_VALUE).build();
    if (value instanceof Boolean flag) return made.setBoolValue(flag).build();
    if (value instanceof CharSequence text) return made.setStringValue(text.toString()).build();
    if (value instanceof BigDecimal decimal) return made.setStringValue(decimal.toPlainString()).build();
    if (value instanceof Double || value instanceof Float) {
      return made.setNumberValue(((Number) value).doubleValue()).build();
    }
    if (value instanceof Number integer) {
      var isExact = Math.abs(integer.doubleValue()) <= INTEGER_MAX;
      return isExact
          ? made.setNumberValue(integer.doubleValue()).build()
          : made.setStringValue(integer.toString()).build();
    }
    if (value instanceof Map<?, ?> map) {
      var struct = Struct.newBuilder();
      map.forEach((name, each) -> struct.putFields(name.toString(), valueOf(each)));
      return made.setStructValue(struct).build();
    }
    if (value instanceof Iterable<?> items) {
      var list = ListValue.newBuilder();
      items.forEach(each -> list.addValues(valueOf(each)));
      return made.setListValue(list).build();
    }
    throw new IllegalArgumentException("A property cannot be of " + value.getClass() + ".");
  }
}
