"""What this program uses of phonenumbers: numbers are parsed, judged and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import phonenumber as _number
    from phonenumbers import phonenumberutil as _numbers
    from phonenumbers import shortnumberinfo as _short_numbers
else:
    from cartesia_call.telephony.phonenumbers_parts import phonenumber as _number
    from cartesia_call.telephony.phonenumbers_parts import phonenumberutil as _numbers
    from cartesia_call.telephony.phonenumbers_parts import shortnumberinfo as _short_numbers

PhoneNumber = _number.PhoneNumber

NumberParseException = _numbers.NumberParseException
PhoneNumberFormat = _numbers.PhoneNumberFormat
PhoneNumberType = _numbers.PhoneNumberType
ValidationResult = _numbers.ValidationResult
SUPPORTED_REGIONS = _numbers.SUPPORTED_REGIONS
country_mobile_token = _numbers.country_mobile_token
format_number = _numbers.format_number
is_possible_number_with_reason = _numbers.is_possible_number_with_reason
is_valid_number = _numbers.is_valid_number
national_significant_number = _numbers.national_significant_number
normalize_digits_only = _numbers.normalize_digits_only
number_type = _numbers.number_type
parse = _numbers.parse
region_code_for_country_code = _numbers.region_code_for_country_code
region_code_for_number = _numbers.region_code_for_number
region_codes_for_country_code = _numbers.region_codes_for_country_code

ShortNumberCost = _short_numbers.ShortNumberCost
SUPPORTED_SHORT_REGIONS = _short_numbers.SUPPORTED_SHORT_REGIONS
connects_to_emergency_number = _short_numbers.connects_to_emergency_number
expected_cost = _short_numbers.expected_cost
is_emergency_number = _short_numbers.is_emergency_number
is_valid_short_number = _short_numbers.is_valid_short_number
is_valid_short_number_for_region = _short_numbers.is_valid_short_number_for_region
