#!/usr/bin/env bash
# A release of websockets loads importlib.metadata, and with it email, csv and zipfile, for a version that it knows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check websockets==17.4
"$folder/venv/bin/python" -I - <<'PYTHON'
import subprocess
import sys

LOADED = """
import sys
before = set(sys.modules)
import websockets.version
names = {name.partition(".")[0] for name in set(sys.modules) - before}
print(websockets.version.version, "importlib.metadata" in sys.modules, *sorted(names & {"csv", "email", "zipfile"}))
print(len(set(sys.modules) - before))
"""
told, count = subprocess.run(
    [sys.executable, "-I", "-S", "-c", f"import site; site.main(){LOADED}"],
    capture_output=True, text=True, check=True,
).stdout.splitlines()
version, is_loaded, *others = told.split()
print(f"websockets {version}; import websockets.version, which holds that version as a word")
print("one would guess: a module of one word; the package's metadata are for builds between releases")
print("what happens: importlib.metadata is loaded at the top in every case, used or not, and brings its own")
print(f"seen: importlib.metadata loaded: {is_loaded}, with {', '.join(others)}; {count} modules in all")
if (is_loaded, others) != ("True", ["csv", "email", "zipfile"]) or int(count) < 30:
    sys.exit("the behaviour has changed")
PYTHON
