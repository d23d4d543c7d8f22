/**
 * `node dist/src/provision.js FOLDER`: the streams and consumers that `maillage region add` wrote as JSON, made on our
 * own server by its operator. Doing it again changes nothing. The files are JetStream's own API: any client can send them.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { connect, type NatsConnection } from "@nats-io/transport-node";

interface Answer {
  error?: { code: number; err_code: number; description: string };
}

const STREAM_NAME_IN_USE = 10058;

async function ask(connection: NatsConnection, call: string, body: object): Promise<Answer> {
  const reply = await connection.request(`$JS.API.${call}`, JSON.stringify(body), { timeout: 10_000 });
  return reply.json<Answer>();
}

function files(folder: string): object[] {
  return readdirSync(folder).filter((name) => name.endsWith(".json")).sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as object);
}

async function stream(connection: NatsConnection, config: { name?: string }): Promise<Answer> {
  const made = await ask(connection, `STREAM.CREATE.${config.name}`, config);
  if (made.error?.err_code !== STREAM_NAME_IN_USE) return made;
  return ask(connection, `STREAM.UPDATE.${config.name}`, config);
}

async function consumer(connection: NatsConnection, wanted: Wanted): Promise<Answer> {
  return ask(connection, `CONSUMER.CREATE.${wanted.stream_name}.${wanted.config.name}`, wanted);
}

interface Wanted {
  stream_name: string;
  config: { name: string };
}

function say(what: string, answer: Answer): void {
  if (answer.error) throw new Error(`${what}: ${answer.error.description}`);
  console.log(`${what}: ready`);
}

const folder = process.argv[2];
if (!folder) throw new Error("usage: node dist/src/provision.js FOLDER");
const passwords = JSON.parse(readFileSync(join(folder, "passwords.json"), "utf8")) as Record<string, string>;
const connection = await connect({
  servers: process.env["MAILLAGE_NATS_URL"] ?? "nats://127.0.0.1:4222",
  user: "operator", pass: passwords["operator"] ?? "", inboxPrefix: "_INBOX.operator",
});
for (const config of files(join(folder, "streams")) as { name: string }[]) say(config.name, await stream(connection, config));
for (const wanted of files(join(folder, "consumers")) as Wanted[]) {
  say(`${wanted.stream_name} for ${wanted.config.name}`, await consumer(connection, wanted));
}
await connection.close();
