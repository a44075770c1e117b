// One call as the integration guide has it: a connection to the speech service that is tried with a text of its
// own, then a server, then the call; the message is asked for when the stream has started, and its audio is passed on
// as it comes. It hangs up two seconds after its fiftieth piece of audio, and it never exits.
//
// Started by `benchmarks.peers.one_call`, in a folder that has the `GUIDE_PACKAGES` of that module. In place of the
// guide's tunnel the carrier is told a loopback address: what a tunnel takes is the same for every program.
const http = require('http');
const twilio = require('twilio');
const WebSocket = require('ws');

const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_BASE_URL, TWILIO_FROM_NUMBER } = process.env;
const { CARTESIA_API_KEY, CARTESIA_BASE_URL, VOICE_ID } = process.env;
const [callee, message] = process.argv.slice(2);
const PIECES = 50;
const client = twilio(TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN);
client.api.baseUrl = TWILIO_BASE_URL;

function connected() {
  const query = `api_key=${CARTESIA_API_KEY}&cartesia_version=2024-11-13`;
  const socket = new WebSocket(`${CARTESIA_BASE_URL.replace('http', 'ws')}/tts/websocket?${query}`);
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket));
    socket.on('error', reject);
  });
}

function ask(speech, transcript) {
  speech.send(JSON.stringify({
    model_id: 'sonic-3.5', // the guide's own, sonic-2, is no longer served
    transcript,
    voice: { mode: 'id', id: VOICE_ID },
    context_id: `${transcript.length}-${Date.now()}`,
    output_format: { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8000 },
  }));
}

function tried(speech) {
  ask(speech, 'This is a test message');
  return new Promise((resolve) => speech.once('message', resolve));
}

function serve(speech, hangUp) {
  const server = http.createServer((request, answer) => answer.end('WebSocket server is running'));
  new WebSocket.Server({ server }).on('connection', (stream) => {
    let streamSid = null;
    let pieces = 0;
    stream.on('message', (text) => {
      const told = JSON.parse(text);
      if (told.event === 'start') {
        streamSid = told.start.streamSid;
        ask(speech, message);
      } else if (told.event === 'stop') {
        hangUp();
      }
    });
    speech.on('message', (text) => {
      const { data: payload } = JSON.parse(text);
      if (streamSid === null || !payload) return;
      stream.send(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
      pieces += 1;
      if (pieces === PIECES) setTimeout(hangUp, 2000);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

async function main() {
  const speech = await connected();
  await tried(speech);
  let sid = null;
  const hangUp = () => client.calls(sid).update({ status: 'completed' }).catch(() => {});
  const port = await serve(speech, hangUp);
  const twiml = `<Response><Connect><Stream url="ws://127.0.0.1:${port}/"/></Connect></Response>`;
  const call = await client.calls.create({ twiml, to: callee, from: TWILIO_FROM_NUMBER });
  sid = call.sid;
}

main();
