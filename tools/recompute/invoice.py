#!/usr/bin/env python3
"""Recomputes invoices from what they say themselves, with the standard library only.

Reads invoices as JSON, as InvoiceService.GetInvoice and ListInvoices write them (with the field names of the contract),
one a line or one in all, from files or from standard input. Follows docs/pricing.md and docs/bills.md from the quantity
of each line to its amount (lines.py), where the bills that a line corrects are given, too, to the minor unit; then
docs/taxes.md and docs/coupons.md: discounts, their parts on the lines, taxes, what lines come to without tax, the
totals, and what credits and the account's balance leave to be paid. Prints every difference, and ends with 1 where
there is any:

    recompute/invoice.py invoice.json
"""

import json
import sys
from fractions import Fraction

sys.dont_write_bytecode = True
import lines as arithmetic

CREDIT = "LINE_KIND_PROMOTIONAL_CREDIT"


def minor(money):
    """An amount in minor units; it is written with all digits of its currency."""
    return int(money["amount"].replace(".", ""))


def nearest(exact):
    """Half away from zero."""
    whole = (2 * abs(exact) + 1) // 2
    return -whole if exact < 0 else whole


def spread(exact):
    """Whole parts of the rounded sum: largest remainders first, of equal ones the earlier."""
    sign = -1 if sum(exact) < 0 else 1
    turned = [sign * each for each in exact]
    parts = [each // 1 for each in turned]
    missing = nearest(sum(turned)) - sum(parts)
    order = sorted(range(len(parts)), key=lambda place: parts[place] - turned[place])
    for place in order[:missing]:
        parts[place] += 1
    return [sign * int(part) for part in parts]


def recompute(invoice, charges):
    """All that differs, in words; what its lines come to is added to that of their charges."""
    found = []

    def check(what, said, computed):
        if said != computed:
            found.append(differs(what, said, computed))

    lines = invoice.get("lines", [])
    check_sections(invoice, lines, check)
    for place, (line, bill) in enumerate(zip(lines, bills_of(invoice))):
        exact = arithmetic.exact_amount(line, check, f"lines[{place}]")
        charges.add(
            line.get("charge_id", ""),
            bill,
            line.get("corrects_bill_id", ""),
            (f"{name_of(invoice)}: lines[{place}].amount", exact, minor(line["amount"]), digits_of(line["amount"])),
        )
    left = [minor(line["amount"]) for line in lines]
    is_credit = [line.get("kind") == CREDIT for line in lines]
    credit = -sum(amount for amount, is_one in zip(left, is_credit) if is_one)
    totals = {key: minor(value) for key, value in invoice["totals"].items()}
    check("totals.subtotal", totals["subtotal"], sum(left) + credit)
    check("totals.promotional_credit", totals["promotional_credit"], credit)

    discount = 0
    charged_by = {line.get("charge_id"): line for line in lines}
    for index, said in enumerate(invoice.get("discounts", [])):
        covers = [applies(said.get("applies_to"), line, charged_by) for line in lines]
        charged = [each if own and not is_one else 0 for each, own, is_one in zip(left, covers, is_credit)]
        base = sum(charged)
        room = max(sum(each for each, own in zip(left, covers) if own), 0)
        check(f"discounts[{index}].base_amount", minor(said["base_amount"]), base)
        amount = minor(said["amount"])
        if said.get("percent_off"):
            wanted = nearest(Fraction(said["percent_off"]) / 100 * base)
            check(f"discounts[{index}].amount", amount, min(wanted, room))
        elif not 0 < amount <= room:
            found.append(f"discounts[{index}].amount is {amount} of {room}")
        parts = spread([Fraction(amount * each, base or 1) for each in charged])
        for place, part in enumerate(parts):
            said_part = minor(lines[place]["discounts"][index]["amount"])
            check(f"lines[{place}].discounts[{index}]", said_part, part)
            left[place] -= part
        discount += amount
    check("totals.discount", totals["discount"], discount)

    said_taxes = invoice.get("taxes", [])
    indexes = [[part.get("tax_index", 0) for part in line.get("taxes", [])] for line in lines]
    said_parts = {
        (place, part.get("tax_index", 0)): minor(part["amount"])
        for place, line in enumerate(lines)
        for part in line.get("taxes", [])
    }
    every = range(len(lines))
    ways = [tax_parts(said_taxes, left, indexes, groups) for groups in ([every], [[one] for one in every])]
    parts = next((way for way in ways if way == said_parts), ways[0])
    for (place, index), amount in parts.items():
        check(f"lines[{place}].taxes of {said_taxes[index]['name']}", said_parts[(place, index)], amount)

    nets = list(left)
    others = [0] * len(lines)
    for (place, index), amount in parts.items():
        if said_taxes[index].get("included"):
            nets[place] -= amount
        if not said_taxes[index].get("compound"):
            others[place] += amount
    for place, line in enumerate(lines):
        check(f"lines[{place}].net_amount", minor(line["net_amount"]), nets[place])
    for index, tax in enumerate(said_taxes):
        own = [place for place, taxed in parts if taxed == index]
        base = sum(nets[place] + (others[place] if tax.get("compound") else 0) for place in own)
        check(f"taxes[{index}].base_amount", minor(tax["base_amount"]), base)
        check(f"taxes[{index}].amount", minor(tax["amount"]), sum(parts[(place, index)] for place in own))
    tax = sum(parts.values())
    check("totals.net", totals["net"], sum(nets))
    check("totals.tax", totals["tax"], tax)
    check("totals.total", totals["total"], sum(nets) + tax)
    check("total", minor(invoice["total"]), sum(nets) + tax)
    check_due(invoice, check)
    return found


def applies(scope, line, charged_by):
    """Whether a discount is of a line: of a promotional credit, whether it is of what the credit is taken off."""
    if scope is None:
        return True
    if line.get("kind") == CREDIT and not line.get("fee_id"):
        line = charged_by.get(line.get("covered_charge_id"), line)
    names = [(f"{kind}_ids", line.get(f"{kind}_id")) for kind in ("product", "plan", "fee")]
    return any(named in scope.get(ids, []) for ids, named in names)


def differs(what, said, computed):
    return f"{what} is {said}, and {computed} when it is recomputed"


def name_of(invoice):
    return invoice.get("number") or invoice["id"]


def digits_of(money):
    return len(money["amount"].partition(".")[2])


def bills_of(invoice):
    """The bill of each line: those of a section follow those of the section before."""
    for section in invoice.get("sections", []):
        yield from [section.get("bill_id", "")] * section.get("line_count", 0)


def check_sections(invoice, lines, check):
    """Each section is the sum of its lines, and each line is of one."""
    first = 0
    for index, section in enumerate(invoice.get("sections", [])):
        own = lines[first : first + section.get("line_count", 0)]
        first += section.get("line_count", 0)
        check(f"sections[{index}].total", minor(section["total"]), sum(minor(line["amount"]) for line in own))
    check("the sections' number of lines", first, len(lines))


def check_due(invoice, check):
    """What credits and the account's balance leave of the total."""
    applied = minor(invoice["credits_applied"])
    check("credits_applied", applied, sum(minor(credit["amount"]) for credit in invoice.get("credits", [])))
    balance = minor(invoice["balance_applied"]) if "balance_applied" in invoice else 0
    check("amount_due", minor(invoice["amount_due"]), minor(invoice["total"]) - applied - balance)


def tax_parts(taxes, left, indexes, groups):
    """The part of each tax on each line, where those of a group of lines are rounded together."""
    rates = [Fraction(tax["percent"]) / 100 for tax in taxes]
    is_compound = [bool(tax.get("compound")) for tax in taxes]
    parts = {}
    for group in groups:
        others = dict.fromkeys(group, 0)
        for compound in (False, True):
            for index, tax in enumerate(taxes):
                if is_compound[index] != compound:
                    continue
                own = [place for place in group if index in indexes[place]]
                exact = []
                for place in own:
                    simple = sum(rates[each] for each in indexes[place] if not is_compound[each])
                    on_net = {
                        each: rates[each] * (1 + simple if is_compound[each] else 1)
                        for each in indexes[place]
                    }
                    if tax.get("included"):
                        exact.append(left[place] * on_net[index] / (1 + sum(on_net.values())))
                    else:
                        exact.append((left[place] + (others[place] if compound else 0)) * rates[index])
                for place, amount in zip(own, spread(exact)):
                    parts[(place, index)] = amount
                    if not compound:
                        others[place] += amount
    return parts


def invoices_in(text):
    """One invoice, an answer with one or several, or one a line."""
    try:
        found = [json.loads(text)]
    except json.JSONDecodeError:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    for each in found:
        yield from each.get("invoices") or [each.get("invoice", each)]


def main(paths):
    texts = [open(path, encoding="utf-8").read() for path in paths] or [sys.stdin.read()]
    count = differences = 0
    charges = arithmetic.Charges()
    for text in texts:
        for invoice in invoices_in(text):
            count += 1
            for difference in recompute(invoice, charges):
                differences += 1
                print(f"{name_of(invoice)}: {difference}")
    for difference in charges.differences():
        differences += 1
        print(differs(*difference))
    print(json.dumps({"invoices": count, "differences": differences}))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
