#!/usr/bin/env bash
# cartesia-js opens the websocket of text-to-speech with TLS for an http:// baseURL, that of speech-to-text without.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @cartesia/cartesia-js@4.2.0 ws@8.23.0
cat >"$folder/open.cjs" <<'NODE'
const net = require("node:net");
const { Cartesia } = require("@cartesia/cartesia-js");

const HANDSHAKE = 0x16;
process.on("unhandledRejection", () => {}); // nobody answers, which is not what this is about

async function firstBytes(open) {
  return new Promise((resolve) => {
    const server = net.createServer((peer) => {
      peer.on("error", () => {});
      peer.once("data", (data) => {
        peer.destroy();
        server.close();
        resolve(data);
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const baseURL = `http://127.0.0.1:${server.address().port}`;
      open(new Cartesia({ apiKey: "sk_car_evidently_fake", baseURL, maxRetries: 0 }));
    });
  });
}

(async () => {
  const speech = await firstBytes((client) => client.tts.websocket());
  const hearing = await firstBytes((client) =>
    client.stt.manualFinalize
      .websocket({ model: "ink-2", encoding: "pcm_s16le", sample_rate: 16000 }, { reconnect: null })
      .on("error", () => {}),
  );
  console.log("@cartesia/cartesia-js 4.2.0, new Cartesia({ baseURL: 'http://127.0.0.1:PORT' })");
  console.log("one would guess: http:// becomes ws:// for every websocket, or for none");
  console.log("what happens: client.stt's is plain, client.tts's begins a TLS handshake");
  console.log(`seen: stt begins with ${JSON.stringify(hearing.subarray(0, 4).toString())}, tts with 0x${speech[0].toString(16)}`);
  if (speech[0] !== HANDSHAKE || hearing.subarray(0, 3).toString() !== "GET") {
    console.error("the behaviour has changed");
    process.exit(1);
  }
  process.exit();
})();
NODE
(cd "$folder" && node open.cjs)
