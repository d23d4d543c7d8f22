/** A region of the network: tells of its own people and seminars, and heeds what its neighbours tell. */

import { Bus } from "./bus.js";
import { readOwn, tell } from "./own.js";
import { serve } from "./pages.js";
import { fromEnvironment } from "./settings.js";
import { Store } from "./store.js";

const RETRY = 5_000;
const settings = fromEnvironment(process.env);
const store = new Store(settings.dataDir);

function readAgain(): void {
  const file = readOwn(settings.ownFile);
  store.transaction((state) => tell(state, file));
}

readAgain();
const bus = await Bus.open(settings, store);
await bus.publish();
setInterval(() => void bus.publish(), RETRY);
process.on("SIGHUP", () => {
  try {
    readAgain();
    void bus.publish();
  } catch (error) {
    console.error(`${settings.ownFile} is left as it was read before:`, String(error));
  }
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => void bus.close().finally(() => process.exit(0)));
}
if (settings.port !== undefined) serve(store, settings.port);
console.log(`${settings.region} speaks, and listens to ${settings.peers.join(", ")}`);
await Promise.all(settings.peers.map((peer) => bus.follow(peer)));
