/** CloudEvents in binary mode on NATS: what an event looks like on the wire, going out and coming in. */

import { headers, type MsgHdrs } from "@nats-io/transport-node";

import type { Outgoing } from "./state.js";

export const PREFIX = "fr.maillage.";

export function subjectOf(region: string, event: Outgoing): string {
  return `${region}.${event.type}.${event.entityId}`;
}

export function headersOf(region: string, event: Outgoing): MsgHdrs {
  const out = headers();
  const service = event.type.split(".")[0];
  out.set("ce-specversion", "1.0");
  out.set("ce-id", event.id);
  out.set("ce-type", PREFIX + event.type);
  out.set("ce-source", `/${region}/${service}`);
  out.set("ce-subject", event.entityId);
  out.set("ce-time", event.time);
  out.set("ce-datacontenttype", "application/json");
  out.set("ce-dataschema", `urn:maillage:schema:${PREFIX}${event.type}`);
  out.set("ce-sequence", String(event.sequence));
  return out;
}

/** What came in, its body not yet looked at. */
export interface Incoming {
  region: string;
  /** Without the prefix: `events.guest.requested.v1`. */
  type: string;
  sequence: number;
  body: unknown;
}

/** A message that cannot be read. It will not get better: give it up. */
export class Unreadable extends Error {}

/** Read a message. The subject says whose it is: permissions guard it, headers are only claimed. */
export function parse(subject: string, head: MsgHdrs | undefined, data: Uint8Array): Incoming {
  const [region, ...rest] = subject.split(".");
  const type = rest.slice(0, 4).join(".");
  if (!region || rest.length !== 5) throw new Unreadable("the subject has not six parts");
  if (head?.get("ce-specversion") !== "1.0") throw new Unreadable("no ce-specversion 1.0");
  if (head.get("ce-type") !== PREFIX + type) throw new Unreadable("ce-type is not the subject's");
  const given = head.get("ce-sequence");
  if (given && !/^\d{1,15}$/.test(given)) throw new Unreadable("ce-sequence is not a number");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    return { region, type, sequence: given ? Number(given) : 0, body: JSON.parse(text) };
  } catch {
    throw new Unreadable("the body is not JSON in UTF-8");
  }
}
