// Starts emulate's GitHub service on a free loopback port and obeys its parent:
// in: one JSON line with the seed, then "reset" lines; out: one JSON line a command.
// Two wrappers around `listen` are needed because emulate 0.11.2 neither reports the port it got
// nor lets one choose the interface; end of input ends the process, so no orphan can remain.
import net from "node:net";
import readline from "node:readline";
import { createEmulator } from "emulate";

const listening = new Promise((resolve) => {
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (_port, _host, ready) {
    this.keepAliveTimeout = 0;
    return listen.call(this, { port: 0, host: "127.0.0.1" }, (...args) => {
      resolve(this.address().port);
      ready?.(...args);
    });
  };
});

let emulator;
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (emulator === undefined) {
    const { seed, baseUrl } = JSON.parse(line);
    emulator = await createEmulator({ service: "github", port: 0, baseUrl, seed });
    const secrets = emulator.generatedSecrets.map(({ kind, id, value }) => ({ kind, id, value }));
    console.log(JSON.stringify({ port: await listening, secrets }));
  } else {
    emulator.reset();
    console.log(JSON.stringify({ reset: true }));
  }
}
process.exit(0);
