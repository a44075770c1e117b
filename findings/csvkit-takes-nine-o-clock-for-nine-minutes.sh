#!/usr/bin/env bash
# csvkit's csvsort makes 0:09:00 of nine o'clock, in a column that it was not asked to sort.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check csvkit==2.2.0 agate==1.14.2
cat >"$folder/list.csv" <<'CSV'
name,to,not_after
Cy,+12025550145,17:30
Ann,+12025550143,09:00
CSV
sorted=$("$folder/venv/bin/csvsort" --columns name "$folder/list.csv")
picked=$("$folder/venv/bin/csvgrep" --columns name --match Ann "$folder/list.csv")
echo "csvkit 2.2.0 with agate 1.14.2; a list of calls with times of day, sorted by name"
echo "one would guess: the rows change places; if 09:00 is anything but text, it is a time of day"
echo "what happens: it is a duration of nine minutes, written as such; the numbers lose their plus; csvgrep changes nothing"
echo "seen: csvsort: ${sorted//$'\n'/; }"
echo "seen: csvgrep: ${picked//$'\n'/; }"
if [[ $sorted != $'name,to,not_after\nAnn,12025550143,0:09:00\nCy,12025550145,0:17:30' ||
    $picked != $'name,to,not_after\nAnn,+12025550143,09:00' ]]; then
    echo "the behaviour has changed" >&2
    exit 1
fi
