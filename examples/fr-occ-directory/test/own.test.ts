import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { readOwn, tell, type OwnFile } from "../src/own.js";
import { emptyState, type State } from "../src/state.js";

const FILE = fileURLToPath(new URL("../../data/occitanie.json", import.meta.url));

function said(state: State): string[] {
  return state.outbox.map((event) => `${event.type} ${event.sequence}`);
}

function changed(change: (file: OwnFile) => void): OwnFile {
  const file = readOwn(FILE);
  change(file);
  return file;
}

test("the file is told once; people who share nothing are not told at all", () => {
  const state = emptyState();
  tell(state, readOwn(FILE));
  tell(state, readOwn(FILE));
  assert.deepEqual(said(state), [
    "directory.coordinator.presented.v1 1", "directory.coordinator.presented.v1 1", "events.seminar.opened.v1 1",
  ]);
  assert.ok(!JSON.stringify(state.outbox).includes("Saurel"));
});

test("a change, a narrower reach, a removal and an erasure each have their event, with the next number", () => {
  const state = emptyState();
  tell(state, readOwn(FILE));
  const before = state.outbox.length;
  tell(state, changed((file) => void (file.coordinators[0]!.post.title = "director")));
  tell(state, changed((file) => void (file.coordinators[0]!.reach = null)));
  tell(state, changed((file) => void file.coordinators.splice(1, 1)));
  tell(state, changed((file) => void (file.coordinators[0]!.erased = true)));
  assert.deepEqual(said(state).slice(before), [
    "directory.coordinator.presented.v1 2",
    "directory.coordinator.withdrawn.v1 3",
    "directory.coordinator.presented.v1 4",
    "directory.coordinator.withdrawn.v1 2",
    "directory.coordinator.erased.v1 5",
    "directory.coordinator.presented.v1 3",
  ]);
  const ids = new Set(state.outbox.map((event) => event.entityId));
  assert.equal(ids.size, 3);
});

test("a seminar that is called off is shut, and takes no one any more", () => {
  const state = emptyState();
  tell(state, readOwn(FILE));
  tell(state, changed((file) => void (file.seminars[0]!.shut = "cancelled")));
  assert.equal(said(state).at(-1), "events.seminar.shut.v1 2");
  assert.ok(Object.values(state.open)[0]!.shut);
});

test("what is wrong in the file is said", () => {
  assert.throws(() => readOwn(fileURLToPath(new URL("../../package.json", import.meta.url))), /coordinators/);
});
