#!/usr/bin/env bash
# libphonenumber-js reads full-width digits, but takes a number behind a full-width plus for a national one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" libphonenumber-js@1.13.16 google-libphonenumber@3.2.47
cat >"$folder/parse.cjs" <<'NODE'
const js = require("libphonenumber-js/max");
const { PhoneNumberUtil, PhoneNumberFormat } = require("google-libphonenumber");

const WRITTEN = ["+12025550143", "+１２０２５５５０１４３", "＋12025550143", "＋１２０２５５５０１４３"];
const google = PhoneNumberUtil.getInstance();
const seen = WRITTEN.map((text) => [
  text,
  js.parsePhoneNumber(text, "GB").number,
  google.format(google.parse(text, "GB"), PhoneNumberFormat.E164),
]);
console.log("libphonenumber-js 1.13.16 beside google-libphonenumber 3.2.47; an American number, as a British user's default country is GB");
console.log("one would guess: who reads the full-width digits of an Asian keyboard reads its plus sign, as Google's library does");
console.log("what happens: behind such a plus the number is a national one, and gets the default country's code in front");
for (const [text, byJs, byGoogle] of seen) {
  console.log(`seen: ${text}: libphonenumber-js ${byJs}, google-libphonenumber ${byGoogle}`);
}
const right = "+12025550143";
const wrong = "+44" + "12025550143";
if (
  seen.some(([, , byGoogle]) => byGoogle !== right) ||
  seen.map(([, byJs]) => byJs).join() !== [right, right, wrong, wrong].join()
) {
  console.error("the behaviour has changed");
  process.exit(1);
}
NODE
(cd "$folder" && node parse.cjs)
