/** Our own people and seminars, from the file that people edit: what is new in it is published, and only that. */

import { readFileSync } from "node:fs";

import { v7 as newId } from "uuid";
import { z } from "zod";

import { seatsLeft } from "./guests.js";
import { record, type Own, type State } from "./state.js";

const Post = z.object({
  cpts_name: z.string(), title: z.string(), started_on: z.iso.date(), insee: z.string(), commune: z.string(),
  department: z.string(), lat: z.number().nullable(), lon: z.number().nullable(),
});
const Person = z.object({
  key: z.string(), first_name: z.string(), last_name: z.string(), reach: z.enum(["national", "public"]).nullable(),
  erased: z.boolean().default(false), post: Post,
});
const Seminar = z.object({
  key: z.string(), title: z.string(), starts_at: z.iso.datetime(), ends_at: z.iso.datetime(), time_zone: z.string(),
  format: z.string(), venue: z.string(), city: z.string(), capacity: z.number().int().positive(),
  registration_opens_at: z.iso.datetime(), registration_closes_at: z.iso.datetime(),
  tracks: z.array(z.string()), skills: z.array(z.string()), url: z.string().nullable(),
  shut: z.enum(["cancelled", "completed", "withdrawn"]).nullable().default(null),
});
const File = z.object({ coordinators: z.array(Person), seminars: z.array(Seminar) });

export type OwnFile = z.infer<typeof File>;

/** Read the file. Throws with what is wrong in it, for who edits it. */
export function readOwn(path: string): OwnFile {
  return File.parse(JSON.parse(readFileSync(path, "utf8")));
}

/** Record what changed since the file was last told. The same file again records nothing. */
export function tell(state: State, file: OwnFile): void {
  for (const person of file.coordinators) tellPerson(state, person);
  for (const seminar of file.seminars) tellSeminar(state, seminar);
  const named = new Set(file.coordinators.map((each) => each.key));
  for (const [key, own] of Object.entries(state.people)) if (!named.has(key)) withdraw(state, own);
}

function ownOf(all: Record<string, Own>, key: string): Own {
  return (all[key] ??= { id: newId(), said: "", status: "withdrawn" });
}

function tellPerson(state: State, person: z.infer<typeof Person>): void {
  const own = ownOf(state.people, person.key);
  if (own.status === "erased") return;
  if (person.erased) return erase(state, own);
  if (person.reach === null) return withdraw(state, own);
  const said = JSON.stringify(person);
  if (own.status === "shown" && own.said === said) return;
  Object.assign(own, { said, status: "shown" });
  record(state, "directory.coordinator.presented.v1", own.id, card(state, own.id, person));
}

function card(state: State, id: string, person: z.infer<typeof Person>): object {
  const { post, reach } = person;
  return {
    coordinator_id: id, first_name: person.first_name, last_name: person.last_name, status: "active",
    challenges: [], skills: [], shared_fields: ["name"], reach: { name: reach },
    posts: [{
      cpts_id: (state.cpts[post.cpts_name] ??= newId()), cpts_name: post.cpts_name, title: post.title,
      started_on: post.started_on, commune: { insee: post.insee, name: post.commune },
      department: post.department, lat: post.lat, lon: post.lon,
    }],
  };
}

function withdraw(state: State, own: Own): void {
  if (own.status !== "shown") return;
  Object.assign(own, { said: "", status: "withdrawn" });
  record(state, "directory.coordinator.withdrawn.v1", own.id, { coordinator_id: own.id });
}

function erase(state: State, own: Own): void {
  Object.assign(own, { said: "", status: "erased" });
  const now = new Date();
  record(state, "directory.coordinator.erased.v1", own.id, {
    coordinator_id: own.id, erasure_id: newId(), requested_at: now.toISOString(),
    confirm_by: new Date(now.getTime() + 72 * 3600_000).toISOString(),
  });
}

function tellSeminar(state: State, seminar: z.infer<typeof Seminar>): void {
  const own = ownOf(state.seminars, seminar.key);
  const said = JSON.stringify(seminar);
  if (own.said === said) return;
  Object.assign(own, { said, status: seminar.shut ? "withdrawn" : "shown" });
  const { key: _key, shut, ...facts } = seminar;
  state.open[own.id] = {
    capacity: seminar.capacity, opensAt: seminar.registration_opens_at, closesAt: seminar.registration_closes_at,
    shut: shut !== null, facts,
  };
  if (shut) record(state, "events.seminar.shut.v1", own.id, { seminar_id: own.id, reason: shut });
  else tellOpened(state, own.id);
}

/** Say the seminar's facts again: its seats have changed, or its file has. */
export function tellOpened(state: State, seminarId: string): void {
  const seminar = state.open[seminarId];
  if (!seminar || seminar.shut) return;
  record(state, "events.seminar.opened.v1", seminarId, {
    seminar_id: seminarId, ...seminar.facts, seats_left: seatsLeft(state, seminarId), sequence: 0,
  });
}
