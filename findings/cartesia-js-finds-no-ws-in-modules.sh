#!/usr/bin/env bash
# cartesia-js finds the ws package from CommonJS modules only: imported by an ES module, it says that ws is missing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @cartesia/cartesia-js@4.2.0 ws@8.23.0
cat >"$folder/open.cjs" <<'NODE'
// Nobody listens at the address: whoever has found a websocket's class is refused the connection.
module.exports = async ({ Cartesia }) => {
  // Node.js 22 has a class of its own, which the SDK would take in the place of that of ws.
  delete globalThis.WebSocket;
  const client = new Cartesia({ apiKey: "sk_car_evidently_fake", baseURL: "http://127.0.0.1:1" });
  try {
    await client.tts.websocket();
  } catch (error) {
    console.log(error.message);
  }
  process.exit();
};
NODE
echo 'require("./open.cjs")(require("@cartesia/cartesia-js"));' >"$folder/by-require.cjs"
echo 'import * as sdk from "@cartesia/cartesia-js"; import "ws"; import open from "./open.cjs"; open(sdk);' >"$folder/by-import.mjs"
required=$(cd "$folder" && node by-require.cjs)
imported=$(cd "$folder" && node by-import.mjs)
echo "@cartesia/cartesia-js 4.2.0 with ws 8.23.0 beside it, Node.js $(node --version); await client.tts.websocket()"
echo "one would guess: the optional package ws is found where it is installed, however the SDK is loaded"
echo "what happens: the SDK asks for it by require(), which an ES module has not, and takes that for its absence"
echo "seen: by require(): $required"
echo "seen: by import: $imported"
if [[ $required != *ECONNREFUSED* || $imported != *'npm install ws'* ]]; then
    echo "the behaviour has changed" >&2
    exit 1
fi
