import assert from "node:assert/strict";
import { test } from "node:test";

import { v7 as newId } from "uuid";

import { forget, request, seatsLeft, withdraw } from "../src/guests.js";
import { emptyState, type State } from "../src/state.js";

const SEMINAR = newId();
const NOW = new Date("2028-01-01T00:00:00Z");

function house(capacity: number): State {
  const state = emptyState();
  state.open[SEMINAR] = {
    capacity, opensAt: "2027-01-01T00:00:00Z", closesAt: "2029-01-01T00:00:00Z", shut: false, facts: {},
  };
  return state;
}

function body(guest: string, person = newId()) {
  return { guest_id: guest, seminar_id: SEMINAR, host_region: "fr-occ", coordinator_id: person };
}

/** What was said of each guest, in order: `confirmed`, `waitlisted 2`, … */
function answers(state: State, guest: string): string[] {
  const said = state.outbox.filter((event) => event.type === "events.guest.answered.v1" && event.entityId === guest);
  return said.map(({ body: about }) => {
    const { status, position, reason } = about as { status: string; position: number | null; reason: string | null };
    return [status, position, reason].filter((each) => each !== null).join(" ");
  });
}

test("seats go to those who came first, the others wait and move up", () => {
  const state = house(1);
  const [first, second, third] = [newId(), newId(), newId()] as const;
  for (const guest of [first, second, third]) request(state, "fr-pac", 1, body(guest), NOW);
  assert.deepEqual(answers(state, third), ["waitlisted 2"]);
  withdraw(state, "fr-pac", 2, body(first));
  assert.deepEqual(answers(state, first), ["confirmed", "cancelled self"]);
  assert.deepEqual(answers(state, second), ["waitlisted 1", "confirmed"]);
  assert.deepEqual(answers(state, third), ["waitlisted 2", "waitlisted 1"]);
  assert.equal(seatsLeft(state, SEMINAR), 0);
});

test("the same request again says nothing, and one older than the withdrawal takes no seat", () => {
  const state = house(1);
  const guest = newId();
  request(state, "fr-pac", 1, body(guest), NOW);
  request(state, "fr-pac", 1, body(guest), NOW);
  assert.deepEqual(answers(state, guest), ["confirmed"]);
  const late = newId();
  withdraw(state, "fr-pac", 2, body(late));
  request(state, "fr-pac", 1, body(late), NOW);
  assert.deepEqual(answers(state, late), []);
});

test("a request that cannot be met is refused with its reason", () => {
  const state = house(1);
  const [unknown, closed] = [newId(), newId()] as const;
  request(state, "fr-pac", 1, { ...body(unknown), seminar_id: newId() }, NOW);
  request(state, "fr-pac", 1, body(closed), new Date("2029-01-01T00:00:00Z"));
  assert.deepEqual(answers(state, unknown), ["refused seminar-unknown"]);
  assert.deepEqual(answers(state, closed), ["refused registration-closed"]);
});

test("an erased person's seat is free again", () => {
  const state = house(1);
  const [guest, waiting, person] = [newId(), newId(), newId()] as const;
  request(state, "fr-pac", 1, body(guest, person), NOW);
  request(state, "fr-pac", 1, body(waiting), NOW);
  forget(state, person);
  assert.deepEqual(answers(state, guest), ["confirmed", "cancelled erased"]);
  assert.deepEqual(answers(state, waiting), ["waitlisted 1", "confirmed"]);
});

test("the seminar is told again when its free seats change, and only then", () => {
  const state = house(1);
  const opened = () => state.outbox.filter((event) => event.type === "events.seminar.opened.v1").length;
  request(state, "fr-pac", 1, body(newId()), NOW);
  assert.equal(opened(), 1);
  request(state, "fr-pac", 1, body(newId()), NOW);
  assert.equal(opened(), 1);
});
