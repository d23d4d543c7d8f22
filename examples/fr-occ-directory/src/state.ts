/** The shape of what is kept, and how an event is recorded in it. */

import { v7 as newId } from "uuid";

/** An event decided on and not yet published. */
export interface Outgoing {
  id: string;
  type: string;
  entityId: string;
  sequence: number;
  time: string;
  body: object;
}

/** One of our own people or seminars, by the key it has in the file: its id for ever, and what was last said of it. */
export interface Own {
  id: string;
  said: string;
  status: "shown" | "withdrawn" | "erased";
}

/** What another region shows of one of its people. */
export interface Card {
  region: string;
  sequence: number;
  firstName: string | null;
  lastName: string | null;
}

/** A seminar of ours, as it was last opened. */
export interface Seminar {
  capacity: number;
  opensAt: string;
  closesAt: string;
  shut: boolean;
  facts: object;
}

export type Standing = "confirmed" | "waitlisted" | "cancelled" | "refused";

/** A guest's place. `order` says who came first; `sequence` is that of the last event about her we heeded. */
export interface Guest {
  region: string;
  seminarId: string;
  coordinatorId: string;
  sequence: number;
  order: number;
  status: Standing;
  position: number | null;
}

export interface State {
  outbox: Outgoing[];
  /** Per entity: how many events we have said about it. */
  numbers: Record<string, number>;
  people: Record<string, Own>;
  /** The ids of our CPTS, by name. */
  cpts: Record<string, string>;
  seminars: Record<string, Own>;
  open: Record<string, Seminar>;
  guests: Record<string, Guest>;
  order: number;
  cards: Record<string, Card>;
  /** People erased or withdrawn, and with which sequence: an older card does not bring them back. */
  gone: Record<string, number>;
  /** Erasures we have confirmed, by id. */
  confirmed: Record<string, true>;
  /** The neighbours' seminars that are open to us. */
  neighbourSeminars: Record<string, { region: string; sequence: number; title: string | null }>;
  /** Who has confirmed the erasure of our own people: person -> `region/service`. */
  receipts: Record<string, string[]>;
}

export function emptyState(): State {
  return {
    outbox: [], numbers: {}, people: {}, cpts: {}, seminars: {}, open: {}, guests: {}, order: 0, cards: {}, gone: {},
    confirmed: {}, neighbourSeminars: {}, receipts: {},
  };
}

/** Note an event to publish, in the transaction of what it tells. Its id is drawn here, once. */
export function record(state: State, type: string, entityId: string, body: object, now = new Date()): void {
  const entity = [...type.split(".").slice(0, 2), entityId].join(".");
  const sequence = (state.numbers[entity] ?? 0) + 1;
  state.numbers[entity] = sequence;
  state.outbox.push({ id: newId(), type, entityId, sequence, time: now.toISOString(), body });
}
