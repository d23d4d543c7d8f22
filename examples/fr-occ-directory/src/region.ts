/** What the region does with each event it hears. Every one of these may come twice, late, or again after years. */

import * as consumed from "./consumed.js";
import type { Incoming } from "./envelope.js";
import * as guests from "./guests.js";
import { record, type State } from "./state.js";

type Handler = (state: State, event: Incoming, ours: string) => void;

/** The events that are heeded, by type; all others are passed over. */
export const HANDLERS: Record<string, Handler> = {
  "directory.coordinator.presented.v1": present,
  "directory.coordinator.withdrawn.v1": withdraw,
  "directory.coordinator.erased.v1": erase,
  "directory.erasure.confirmed.v1": noteReceipt,
  "events.erasure.confirmed.v1": noteReceipt,
  "events.seminar.opened.v1": openSeminar,
  "events.seminar.shut.v1": shutSeminar,
  "events.guest.requested.v1": (state, event, ours) => guest(guests.request, state, event, ours),
  "events.guest.withdrawn.v1": (state, event, ours) => guest(guests.withdraw, state, event, ours),
};

/** The person an erasure is about, whose messages must leave the feed before it is confirmed. */
export function erasedPerson(event: Incoming): string | undefined {
  if (event.type !== "directory.coordinator.erased.v1") return undefined;
  return consumed.Erased.parse(event.body).coordinator_id;
}

function present(state: State, event: Incoming): void {
  const body = consumed.Presented.parse(event.body);
  const id = body.coordinator_id;
  if ((state.gone[id] ?? -1) >= event.sequence || (state.cards[id]?.sequence ?? -1) >= event.sequence) return;
  state.cards[id] = {
    region: event.region, sequence: event.sequence,
    firstName: body.first_name ?? null, lastName: body.last_name ?? null,
  };
}

function withdraw(state: State, event: Incoming): void {
  const id = consumed.Withdrawn.parse(event.body).coordinator_id;
  if ((state.cards[id]?.sequence ?? -1) >= event.sequence) return;
  delete state.cards[id];
  state.gone[id] = Math.max(state.gone[id] ?? 0, event.sequence);
}

function erase(state: State, event: Incoming): void {
  const { coordinator_id: id, erasure_id: erasure } = consumed.Erased.parse(event.body);
  delete state.cards[id];
  state.gone[id] = Number.MAX_SAFE_INTEGER; // an erased person does not come back, whatever number comes
  if (state.confirmed[erasure]) return;
  state.confirmed[erasure] = true;
  guests.forget(state, id);
  const receipt = { coordinator_id: id, erasure_id: erasure, erased_at: new Date().toISOString(), counts: {} };
  for (const service of ["directory", "events"]) record(state, `${service}.erasure.confirmed.v1`, id, receipt);
}

function noteReceipt(state: State, event: Incoming): void {
  const id = consumed.Receipt.parse(event.body).coordinator_id;
  if (!Object.values(state.people).some((own) => own.id === id)) return;
  const from = `${event.region}/${event.type.split(".")[0]}`;
  state.receipts[id] = [...new Set([...(state.receipts[id] ?? []), from])];
}

function openSeminar(state: State, event: Incoming): void {
  const { seminar_id: id, title } = consumed.Opened.parse(event.body);
  if ((state.neighbourSeminars[id]?.sequence ?? -1) >= event.sequence) return;
  state.neighbourSeminars[id] = { region: event.region, sequence: event.sequence, title };
}

function shutSeminar(state: State, event: Incoming): void {
  const id = consumed.Shut.parse(event.body).seminar_id;
  if ((state.neighbourSeminars[id]?.sequence ?? -1) >= event.sequence) return;
  state.neighbourSeminars[id] = { region: event.region, sequence: event.sequence, title: null };
}

function guest(
  act: (state: State, region: string, sequence: number, body: consumed.GuestBody) => void,
  state: State, event: Incoming, ours: string,
): void {
  const body = consumed.Guest.parse(event.body);
  if (body.host_region === ours) act(state, event.region, event.sequence, body);
}
