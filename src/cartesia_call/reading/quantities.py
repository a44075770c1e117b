"""Rules for numbers that count or measure something."""

from __future__ import annotations

import re
from decimal import Decimal

from cartesia_call.reading.part_words import part_words
from cartesia_call.reading.rule import Manner, Rule

_BYTES = {
    **{"B": "byte", "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte"},
    **{"PB": "petabyte", "KiB": "kibibyte", "MiB": "mebibyte", "GiB": "gibibyte", "TiB": "tebibyte"},
    **{"kb": "kilobit", "Kb": "kilobit", "Mb": "megabit", "Gb": "gigabit"},
    **{"Ki": "kibibyte", "Mi": "mebibyte", "Gi": "gibibyte", "Ti": "tebibyte"},
    **{"bit": "bit", "kbit": "kilobit", "Mbit": "megabit", "Gbit": "gigabit"},
}
_TIMES = {
    **{
        "ns": "nanosecond",
        "us": "microsecond",
        "µs": "microsecond",
        "μs": "microsecond",
        "ms": "millisecond",
    },
    **{"s": "second", "sec": "second", "secs": "second", "m": "minute", "min": "minute", "mins": "minute"},
    **{"h": "hour", "hr": "hour", "hrs": "hour", "d": "day"},
}
_OTHERS = {
    **{
        "Hz": "hertz",
        "kHz": "kilohertz",
        "MHz": "megahertz",
        "GHz": "gigahertz",
        "rpm": "R P M",
        "dB": "decibels",
    },
    **{
        "V": "volts",
        "mV": "millivolts",
        "kV": "kilovolts",
        "mA": "milliamperes",
        "W": "watts",
        "kW": "kilowatts",
    },
    **{"MW": "megawatts", "kWh": "kilowatt hours", "°C": "degrees Celsius", "°F": "degrees Fahrenheit"},
    **{
        "℃": "degrees Celsius",
        "℉": "degrees Fahrenheit",
        "°": "degrees",
        "k": "thousand",
        "%": "percent",
        "‰": "per mille",
    },
    **{
        "kbps": "kilobits per second",
        "Mbps": "megabits per second",
        "Gbps": "gigabits per second",
        "bps": "bits per second",
    },
    **{"qps": "queries per second", "rps": "requests per second"},
    **{"K": "K", "M": "M", "G": "G", "T": "T"},
    **{"cm": "centimetres", "mm": "millimetres", "km": "kilometres", "kg": "kilograms", "°K": "kelvin"},
}
_COUNTED = {
    "req": "request",
    "reqs": "request",
    "msg": "message",
    "msgs": "message",
    "pkts": "packet",
    "err": "error",
}
_NAMED = {**_BYTES, **_TIMES, **_COUNTED}
_PER = {"s": "second", "sec": "second", "m": "minute", "min": "minute", "h": "hour", "hr": "hour", "d": "day"}

_NUMBER = r"[0-9]{1,15}(?:[.,][0-9]{1,15})*+"
_BEFORE = r"(?<![\w.,/$€£+-])(?<![^A-Za-z]:)([+−-]?)"
_UNITS = "|".join(sorted(map(re.escape, {**_NAMED, **_OTHERS}), key=len, reverse=True))
_QUANTITY = re.compile(
    rf"{_BEFORE}({_NUMBER})(?: ?(?:-|–|\.\.) ?({_NUMBER}))?"
    rf"( ?)({_UNITS})?(?:/({'|'.join(_PER)}))?(?![\w/%°]|[.:-]\w)"
)
_COMPOUND = re.compile(
    r"(?<![\w.,:/-])(?:(?:[0-9]{1,6}(?:ms|d|h|m|s)){2,6}|(?:[0-9]{1,6}[dhm]){1,3}[0-9]{1,6}\.[0-9]{1,9}s)"
    r"(?![\w]|[.-]\w)"
)
_COUNTING_END = (
    r"(?=\s*(?:$|\n|[)\],.;!?])|\s+(?:over|in|within|since|during|per|this|last|today|so far|time|then"
    r"|already|more|faster|slower)\b)"
)
_COUNT = re.compile(
    rf"(?<![\w.,])(?:x(?!(?:32|64|86|509)\b) ?({_NUMBER})(?![\w×]|[.-]\w){_COUNTING_END}"
    rf"|× ?({_NUMBER})(?![\w×]|[.-]\w)|({_NUMBER}) [x×] (?={_NUMBER})|({_NUMBER})(?:x| ?×)(?![\w×]|[.-]\w))"
)
"""An x before a number counts only where a sentence could say it: `x509:` and `linux x86` are names."""
_SHARE = rf"([0-9]{{1,12}}(?:[.,][0-9]{{1,9}})?)(?: ?({'|'.join(sorted(_BYTES, key=len, reverse=True))}))?"
_RATIO = re.compile(rf"(?<![\w.,:/-]){_SHARE} ?/ ?{_SHARE}(?![\w/%]|[.,:-]\w)")
_POWER = re.compile(r"(?<![\w.,:/+-])-?[0-9](?:\.[0-9]{1,17})?[eE][+-][0-9]{2}(?![\w]|[.-]\w)")
_RANGE = re.compile(r"(?<![\w.,:/+-])([0-9]{1,4})[-–]([0-9]{1,4})(?![\w/]|[.,:–-]\w)")
_VERSION = re.compile(
    r"(?:(?<=[A-Za-z])/|(?<![\w./-]))([vV]\.?[0-9]{1,9}(?:\.[0-9]{1,9})*+|[0-9]{1,9}(?:\.[0-9]{1,9}){2,6}+)"
    r"((?:[-+][0-9A-Za-z]{1,20}(?:\.[0-9A-Za-z]{1,20})*+){0,4})(?![\w/]|[.-]\w)"
)
_SIGNED = re.compile(rf"(?<![\w.,:/)+−-])([+−-])({_NUMBER})(?![\w]|[.-]\w)")


def _unit_words(number: str, unit: str) -> str:
    if unit in _OTHERS:
        return _OTHERS[unit]
    return _NAMED[unit] + ("" if number == "1" else "s")


def _sign_words(sign: str) -> str:
    return {"": "", "+": " plus", "-": " minus", "−": " minus"}[sign]


def _quantity(found: re.Match[str], manner: Manner) -> str | None:
    sign, number, upper, gap, unit, per = found.groups()
    if (unit is None and per is None) or (gap and unit is None):
        return None
    if unit and gap and len(unit) == 1 and unit not in "%‰°℃℉":  # "rack 5 A", "5 s" of a plural
        return None
    if unit == "s" and re.fullmatch("(19|20)[0-9]0", number):  # "the 1990s"
        return None
    numbers = f"{number} to {upper}" if upper else number
    words = f" {_unit_words(upper or number, unit)}" if unit else ""
    return f"{_sign_words(sign)} {numbers}{words}{f' per {_PER[per]}' if per else ''} "


def _compound(found: re.Match[str], manner: Manner) -> str:
    parts = re.findall(r"([0-9.]+)([a-z]+)", found[0])
    return f" {' '.join(f'{number} {_unit_words(number, unit)}' for number, unit in parts)} "


def _count(found: re.Match[str], manner: Manner) -> str:
    number = found[1] or found[2] or found[3] or found[4]
    return f" {number} {'time' if number == '1' else 'times'} "


def _ratio(found: re.Match[str], manner: Manner) -> str:
    some, unit, whole, other_unit = found.groups()
    if found[0] == "24/7":
        return " 24 7 "
    some_words, whole_words = (
        f"{number} {_unit_words(number, of)}" if of else number
        for number, of in ((some, unit), (whole, other_unit))
    )
    is_share = unit or other_unit or _value(some) <= _value(whole)
    return f" {some_words} {'of' if is_share else 'slash'} {whole_words} "


def _value(number: str) -> float:
    return float(number.replace(",", "."))


def _power(found: re.Match[str], manner: Manner) -> str | None:
    number = Decimal(found[0])
    return f" {number:,f} ".replace(" -", " minus ") if -7 < number.adjusted() < 15 else None


def _range(found: re.Match[str], manner: Manner) -> str | None:
    """Only upwards: anything else may be a number that is written with a dash."""
    low, high = found[1], found[2]
    return (
        f" {low} to {high} " if int(low) < int(high) and "0" not in {low[0], high[0]} - {low, high} else None
    )


def _version(found: re.Match[str], manner: Manner) -> str:
    has_word = found[1][0] in "vV"
    numbers = " dot ".join(found[1].lstrip("vV.").split("."))
    rest = " ".join(part_words(part, manner) for part in re.split(r"[-+.]", found[2]) if part)
    return f" {'version ' if has_word else ''}{numbers} {rest} "


def _signed(found: re.Match[str], manner: Manner) -> str:
    return f"{_sign_words(found[1])} {found[2]} "


VERSIONS = (
    Rule(
        name="version",
        does='"Dot" between the numbers; what follows as names are read.',
        pattern=_VERSION,
        read=_version,
    ),
)

QUANTITIES = (
    Rule(
        name="power of ten",
        does="The number that is meant, as Prometheus writes large and small ones.",
        pattern=_POWER,
        read=_power,
        leaves_out="the power",
    ),
    Rule(
        name="duration",
        does="Days, hours, minutes and seconds.",
        pattern=_COMPOUND,
        read=_compound,
    ),
    Rule(
        name="ratio",
        does='"Of" between two numbers, or two sizes, if the first is no larger.',
        pattern=_RATIO,
        read=_ratio,
    ),
    Rule(
        name="quantity",
        does='Percent, bytes, times, temperatures and other units in words, `/s` as "per second".',
        pattern=_QUANTITY,
        read=_quantity,
    ),
    Rule(
        name="count",
        does='"Times" for an x or × beside a number, unless a noun or a colon follows: that is a name.',
        pattern=_COUNT,
        read=_count,
    ),
    Rule(
        name="range",
        does='"To" between a number and a higher one.',
        pattern=_RANGE,
        read=_range,
    ),
    Rule(
        name="sign",
        does='"Minus" and "plus" in front of a number.',
        pattern=_SIGNED,
        read=_signed,
    ),
)
