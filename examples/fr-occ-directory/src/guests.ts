/** Guests of other regions at our seminars: seats, the waiting list, and one answer at each change. */

import type { GuestBody } from "./consumed.js";
import { tellOpened } from "./own.js";
import { record, type Guest, type State, type Standing } from "./state.js";

export function seatsLeft(state: State, seminarId: string): number {
  const taken = at(state, seminarId).filter(([, guest]) => guest.status === "confirmed").length;
  return Math.max((state.open[seminarId]?.capacity ?? 0) - taken, 0);
}

/** She asks for a seat. An event as old as the last one about her, or older, changes nothing. */
export function request(state: State, region: string, sequence: number, body: GuestBody, now = new Date()): void {
  const known = state.guests[body.guest_id];
  if (known && known.sequence >= sequence) return;
  const guest: Guest = {
    region, seminarId: body.seminar_id, coordinatorId: body.coordinator_id, sequence,
    order: (state.order += 1), status: "refused", position: null,
  };
  state.guests[body.guest_id] = guest;
  const refusal = whyNot(state, body, now);
  if (refusal) return answer(state, body.guest_id, "refused", null, refusal);
  const before = seatsLeft(state, guest.seminarId);
  if (before > 0) answer(state, body.guest_id, "confirmed");
  else answer(state, body.guest_id, "waitlisted", waiting(state, guest.seminarId).length + 1);
  if (before !== seatsLeft(state, guest.seminarId)) tellOpened(state, guest.seminarId);
}

/** She does not come. Of someone who has not asked yet it is kept, so that her late request is not heeded. */
export function withdraw(state: State, region: string, sequence: number, body: GuestBody): void {
  const known = state.guests[body.guest_id];
  if (known && known.sequence >= sequence) return;
  if (known) {
    known.sequence = sequence;
    return giveUp(state, body.guest_id, "self");
  }
  state.guests[body.guest_id] = {
    region, seminarId: body.seminar_id, coordinatorId: body.coordinator_id, sequence, order: 0,
    status: "cancelled", position: null,
  };
}

/** Someone was erased: her places are free again. */
export function forget(state: State, coordinatorId: string): void {
  for (const [id, guest] of Object.entries(state.guests)) {
    if (guest.coordinatorId === coordinatorId) giveUp(state, id, "erased");
  }
}

function giveUp(state: State, guestId: string, reason: string): void {
  const guest = state.guests[guestId];
  if (!guest || guest.status === "cancelled" || guest.status === "refused") return;
  const before = seatsLeft(state, guest.seminarId);
  answer(state, guestId, "cancelled", null, reason);
  moveUp(state, guest.seminarId);
  if (before !== seatsLeft(state, guest.seminarId)) tellOpened(state, guest.seminarId);
}

/** Those who wait take the free seats, in the order they came; the others hear their new position. */
function moveUp(state: State, seminarId: string): void {
  for (const [id] of waiting(state, seminarId).slice(0, seatsLeft(state, seminarId))) answer(state, id, "confirmed");
  waiting(state, seminarId).forEach(([id, guest], place) => {
    if (guest.position !== place + 1) answer(state, id, "waitlisted", place + 1);
  });
}

function whyNot(state: State, body: GuestBody, now: Date): string | undefined {
  const seminar = state.open[body.seminar_id];
  if (!seminar) return "seminar-unknown";
  if (seminar.shut) return "seminar-shut";
  const time = now.toISOString();
  if (Date.parse(seminar.opensAt) > now.getTime() || Date.parse(seminar.closesAt) <= Date.parse(time)) {
    return "registration-closed";
  }
  return undefined;
}

function at(state: State, seminarId: string): [string, Guest][] {
  return Object.entries(state.guests).filter(([, guest]) => guest.seminarId === seminarId);
}

function waiting(state: State, seminarId: string): [string, Guest][] {
  const those = at(state, seminarId).filter(([, guest]) => guest.status === "waitlisted");
  return those.sort(([, a], [, b]) => a.order - b.order);
}

function answer(
  state: State, guestId: string, status: Standing, position: number | null = null, reason: string | null = null,
): void {
  const guest = state.guests[guestId];
  if (!guest) return;
  Object.assign(guest, { status, position });
  record(state, "events.guest.answered.v1", guestId, {
    guest_id: guestId, seminar_id: guest.seminarId, coordinator_id: guest.coordinatorId,
    guest_region: guest.region, status, position, expires_at: null, reason,
  });
}
