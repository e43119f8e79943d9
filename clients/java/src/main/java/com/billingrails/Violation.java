package com.billingrails;

/**
 * One thing that is wrong with a request.
 *
 * @param field the path of the field, such as {@code events[3].properties.duration}
 * @param description what must be, for people
 */
public record Violation(String field, String description) {}
