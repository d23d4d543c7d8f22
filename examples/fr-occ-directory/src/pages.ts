/** A small window on the state, for people and for `maillage conform --state-url`. */

import { createServer, type Server } from "node:http";

import type { Store } from "./store.js";

export function serve(store: Store, port: number): Server {
  const server = createServer((request, response) => {
    const found = look(store, new URL(request.url ?? "/", "http://localhost").pathname);
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json; charset=utf-8" });
    response.end(found === undefined ? "{}" : JSON.stringify(found));
  });
  return server.listen(port, "127.0.0.1");
}

function look(store: Store, path: string): object | undefined {
  const { state } = store;
  const [, noun, id] = path.split("/");
  if (noun === "livez") return { status: "ok" };
  if (noun === "people" && id) return Object.hasOwn(state.cards, id) ? state.cards[id] : undefined;
  if (noun !== "neighbours") return undefined;
  return {
    people: Object.entries(state.cards).map(([person, card]) => ({ id: person, ...card })),
    seminars: Object.entries(state.neighbourSeminars).filter(([, seminar]) => seminar.title !== null)
      .map(([seminarId, seminar]) => ({ id: seminarId, ...seminar })),
    waiting_to_be_published: state.outbox.length,
  };
}
