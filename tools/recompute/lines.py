"""The arithmetic of invoice lines: quantity → steps → share → exact amount → amount, from what lines say themselves.

Follows docs/pricing.md and docs/bills.md, with the standard library only. Every function takes and returns fractions.
"""

from fractions import Fraction
from math import ceil, floor

ZERO = Fraction(0)
# Digits after the point of a quotient that may not end.
DIGITS = 36


def number(text):
    return Fraction(text or "0")


def half_away(exact):
    """The nearest whole number, half away from zero."""
    whole = floor(abs(exact) + Fraction(1, 2))
    return -whole if exact < 0 else whole


def quotient(of, by):
    """To 36 digits after the point, half away from zero."""
    return Fraction(half_away(of / by * 10**DIGITS), 10**DIGITS)


def billable(quantity, free):
    """What is left when something of it is free; nothing of a credit is."""
    return quantity if quantity < 0 else max(quantity - free, ZERO)


def begun(units, size):
    """Packages, a begun one whole; below 0 only whole ones come back."""
    return Fraction(ceil(units / size))


def text(value):
    """A decimal, as contracts write it, where it ends."""
    scaled = value * 10**72
    if scaled.denominator != 1:
        return str(value)
    digits = str(abs(scaled.numerator)).rjust(73, "0")
    written = f"{digits[:-72]}.{digits[-72:]}".rstrip("0").rstrip(".")
    return f"-{written}" if value < 0 else written


# What each kind of step comes to. `own` tells its figures; `quantity` is the part of the line's that it prices.


def flat(own, _quantity):
    return own("flat_amount")


def units(own, quantity):
    return quantity * own("unit_amount")


def packages(own, quantity):
    left, size, amount = billable(quantity, own("free_units")), own("package_size"), own("package_amount")
    return quotient(left * amount, size) if own("pro_rata") else begun(left, size) * amount


def tier(own, quantity):
    size = own("package_size")
    return (begun(quantity, size) if size else quantity) * own("unit_amount") + own("flat_amount")


def percentage(own, quantity):
    events = max(own("event_count") - own("free_events"), ZERO)
    return billable(quantity, own("free_amount")) * own("percent") / 100 + events * own("fixed_amount")


def percentage_tier(own, quantity):
    return quantity * own("percent") / 100 + own("flat_amount")


def reported(_own, quantity):
    return quantity


def nothing(_own, _quantity):
    return ZERO


def minimum(own, _quantity):
    return max(own("minimum") - own("amount_before"), ZERO)


def maximum(own, _quantity):
    return min(own("maximum") - own("amount_before"), ZERO)


def percent_off(own, _quantity):
    return -(own("amount_before") * own("percent") / 100)


def amount_off(own, _quantity):
    return -max(min(own("amount_off"), own("amount_before")), ZERO)


def transactions(own, _quantity):
    return ZERO if own("free") else own("event_count") * own("each_amount")


def commitment(own, _quantity):
    missing = own("committed") - own("counted")
    return missing if missing > 0 else -missing * (own("overage_factor") - 1)


def spread(own, _quantity):
    scale = 10 ** int(own("fraction_digits"))

    def until(place):
        return Fraction(floor(own("whole") * own(place) / own("total") * scale), scale)

    return until("end") - until("start")


AMOUNTS = {
    **{"flat": flat, "units": units, "packages": packages, "tier": tier, "percentage": percentage},
    **{"percentage_tier": percentage_tier, "reported": reported, "transactions": transactions},
    **{"divided": nothing, "included": nothing, "rolled_over": nothing, "minimum": minimum, "maximum": maximum},
    **{"percent_off": percent_off, "amount_off": amount_off, "commitment": commitment, "spread": spread},
}

ROUNDINGS = {
    "ROUNDING_UNSPECIFIED": lambda of, by: quotient(of, by),
    "ROUNDING_UP": lambda of, by: Fraction(ceil(of / by)),
    "ROUNDING_DOWN": lambda of, by: Fraction(floor(of / by)),
    "ROUNDING_HALF": lambda of, by: Fraction(half_away(of / by)),
}


def priced_units(kind, figures, used):
    """What a step that takes units off the quantity leaves of it for the steps after it."""
    if kind == "divided":
        return ROUNDINGS[figures.get("rounding", "ROUNDING_UNSPECIFIED")](used, number(figures["divisor"]))
    if kind == "included":
        return billable(used, number(figures["included"]))
    return billable(used, sum((number(each["units"]) for each in figures.get("carried", [])), ZERO))


def kind_of(step):
    return next((kind for kind in AMOUNTS if kind in step), None)


def steps_of(line, check, path):
    """Checks every step, and what it rests on; tells what they come to."""
    steps = line.get("steps", [])
    left, before = number(line.get("quantity")), ZERO
    for index, step in enumerate(steps):
        kind, where = kind_of(step), f"{path}.steps[{index}]"
        if kind is None:
            check(where, "of no known kind", "one that is known")
            continue
        figures = step[kind]
        quantity = number(step.get("quantity"))
        own = lambda name, of=figures: of[name] if of.get(name) is True else number(of.get(name))
        if "amount_before" in figures:
            check(f"{where}.{kind}.amount_before", text(own("amount_before")), text(before))
        if "used" in figures:
            check(f"{where}.{kind}.used", text(own("used")), text(left))
            check(f"{where}.quantity", text(quantity), text(left - priced_units(kind, figures, left)))
        check(f"{where}.amount", text(number(step.get("amount"))), text(AMOUNTS[kind](own, quantity)))
        left -= quantity
        before += number(step.get("amount"))
    check(f"{path}.quantity less its steps'", text(left), "0")
    tiers_hold(steps, check, path)
    return before


def tiers_hold(steps, check, path):
    """Tiers follow each other, all but the last are full, and a quantity lies in the tier that it is priced by."""
    kinds = ("tier", "percentage_tier")
    tiers = [(step[kind], number(step.get("quantity"))) for step in steps for kind in kinds if kind in step]
    for index, (figures, quantity) in enumerate(tiers):
        where = f"{path}, tier {index + 1}"
        above, up_to = number(figures.get("above")), figures.get("up_to")
        if index > 0:
            check(f"{where}: above", text(above), tiers[index - 1][0].get("up_to"))
        if index < len(tiers) - 1:
            check(f"{where}: quantity", text(quantity), text(number(up_to) - above))
        elif quantity > 0:
            # By itself a tier above others holds all of the quantity: of a volume, or a stair.
            last = quantity if len(tiers) == 1 and above > 0 else above + quantity
            check(f"{where}: holds {text(last)}", above < last and (not up_to or last <= number(up_to)), True)
        elif index > 0 or above > 0:
            check(f"{where}: quantity", text(quantity), "above 0")


def share_of(amount, share):
    """The part of a cycle's price that lies between two places of the cycle."""

    def until(part, whole):
        return amount if part == whole else quotient(amount * part, Fraction(whole))

    place = {key: int(share.get(key, 0)) for key in ("start", "start_of", "end", "end_of")}
    return until(place["end"], place["end_of"]) - until(place["start"], place["start_of"])


def exact_amount(line, check, path):
    """What a line comes to before it is rounded."""
    amount = steps_of(line, check, path)
    if "share" in line:
        amount = share_of(amount, line["share"])
    if line.get("credited"):
        amount = -amount
    exact = amount - number(line.get("billed_amount"))
    check(f"{path}.exact_amount", text(number(line.get("exact_amount"))), text(exact))
    return exact


class Charges:
    """What charges have come to on all lines that are known, so that each is rounded once for good."""

    def __init__(self):
        # Of each charge the lines of each bill, with the bill that it corrects.
        self._bills = {}

    def add(self, charge_id, bill, corrects, line):
        """A line: (its place in words, exact amount, rounded amount in minor units, minor digits)."""
        self._bills.setdefault(charge_id, {}).setdefault(bill, (corrects, []))[1].append(line)

    def differences(self):
        """All lines that are not the rounding of what their charge has come to less the lines before."""
        for bills in self._bills.values():
            after = {corrects: bill for bill, (corrects, _) in bills.items()}
            is_whole = "" in after
            # Without the first bill it is not known how the sum before was rounded.
            chain, bill = [], after.get("") if is_whole else next(iter(bills))
            while bill is not None and bill not in chain:
                chain.append(bill)
                bill = after.get(bill)
            sum_exact, sum_minor = ZERO, 0
            for bill in chain if is_whole else bills:
                for where, exact, minor, digits in bills[bill][1]:
                    sum_exact, sum_minor = sum_exact + exact, sum_minor + minor
                    if is_whole and sum_minor != half_away(sum_exact * 10**digits):
                        wanted = half_away(sum_exact * 10**digits) - sum_minor + minor
                        yield where, minor, wanted
                        sum_minor += wanted - minor
                    elif abs(minor - exact * 10**digits) > 1:
                        yield where, minor, f"within one of {text(exact * 10**digits)}"
            if is_whole:
                for bill in bills.keys() - set(chain):
                    yield bills[bill][1][0][0], "a correction", "one of a bill that is known"
