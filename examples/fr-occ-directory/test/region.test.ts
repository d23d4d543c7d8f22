import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { headers } from "@nats-io/transport-node";
import { v7 as newId } from "uuid";
import { ZodError } from "zod";

import { parse, Unreadable, type Incoming } from "../src/envelope.js";
import { HANDLERS } from "../src/region.js";
import { emptyState, type State } from "../src/state.js";
import { Store } from "../src/store.js";

function hear(state: State, type: string, sequence: number, body: object): void {
  const event: Incoming = { region: "fr-pac", type, sequence, body };
  HANDLERS[type]!(state, event, "fr-occ");
}

function presented(state: State, person: string, sequence: number, name: string): void {
  hear(state, "directory.coordinator.presented.v1", sequence, { coordinator_id: person, last_name: name });
}

test("an older card changes nothing, and a withdrawn one comes back by a newer only", () => {
  const state = emptyState();
  const person = newId();
  presented(state, person, 5, "Neuve");
  presented(state, person, 3, "Vieille");
  assert.equal(state.cards[person]?.lastName, "Neuve");
  hear(state, "directory.coordinator.withdrawn.v1", 6, { coordinator_id: person });
  presented(state, person, 4, "Vieille");
  assert.ok(!(person in state.cards));
  presented(state, person, 7, "Revenue");
  assert.equal(state.cards[person]?.lastName, "Revenue");
});

test("an erasure is confirmed once by each of our services, and no card brings her back", () => {
  const state = emptyState();
  const [person, erasure] = [newId(), newId()];
  presented(state, person, 1, "Oubliée");
  for (let twice = 0; twice < 2; twice += 1) {
    hear(state, "directory.coordinator.erased.v1", 2, { coordinator_id: person, erasure_id: erasure });
  }
  presented(state, person, 99, "Oubliée");
  assert.ok(!JSON.stringify(state).includes("Oubliée"));
  assert.deepEqual(state.outbox.map((event) => event.type), [
    "directory.erasure.confirmed.v1", "events.erasure.confirmed.v1",
  ]);
});

test("a request for another host is left alone, and one that cannot be read is refused to the reader", () => {
  const state = emptyState();
  const ids = { guest_id: newId(), seminar_id: newId(), coordinator_id: newId() };
  hear(state, "events.guest.requested.v1", 1, { ...ids, host_region: "fr-cor" });
  assert.deepEqual(state.outbox, []);
  assert.throws(() => hear(state, "events.guest.requested.v1", 1, { ...ids, host_region: 7 }), ZodError);
});

test("who may publish decides whose an event is: the subject, not the headers", () => {
  const head = headers();
  head.set("ce-specversion", "1.0");
  head.set("ce-type", "fr.maillage.events.guest.requested.v1");
  head.set("ce-source", "/fr-pac/events");
  const id = newId();
  const data = new TextEncoder().encode("{}");
  assert.equal(parse(`fr-cor.events.guest.requested.v1.${id}`, head, data).region, "fr-cor");
  assert.throws(() => parse(`fr-pac.events.guest.withdrawn.v1.${id}`, head, data), Unreadable);
  assert.throws(() => parse(`fr-pac.events.guest.requested.v1.${id}`, undefined, data), Unreadable);
  assert.throws(() => parse(`fr-pac.events.guest.requested.v1.${id}`, head, Uint8Array.of(255)), Unreadable);
});

test("a transaction that fails leaves the state and the file as they were; a torn new file is not read", () => {
  const folder = mkdtempSync(join(tmpdir(), "fr-occ-"));
  const store = new Store(folder);
  store.transaction((state) => void (state.order = 7));
  assert.throws(() => store.transaction((state) => {
    state.order = 8;
    throw new Error("no");
  }));
  assert.equal(store.state.order, 7);
  writeFileSync(join(folder, "state.json.new"), '{"order": 9');
  assert.equal(new Store(folder).state.order, 7);
  assert.ok(readFileSync(join(folder, "state.json"), "utf8").includes('"order":7'));
});
