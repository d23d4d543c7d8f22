/** What the service is told from outside: the same variables as every service of the network. */

import { readFileSync } from "node:fs";

/** The two services of the network that this one process plays. */
export const SERVICES = ["directory", "events"] as const;
export type Service = (typeof SERVICES)[number];

export interface User {
  name: string;
  password: string;
}

export interface Settings {
  region: string;
  peers: string[];
  natsUrl: string;
  /** By service (`directory`, `events`): the user it speaks as. The same one for both, where there is one. */
  users: Record<Service, User | undefined>;
  dataDir: string;
  /** The region's own people and seminars, edited by hand. */
  ownFile: string;
  /** Where it answers over HTTP; undefined: nowhere. */
  port: number | undefined;
}

export function fromEnvironment(env: NodeJS.ProcessEnv): Settings {
  const port = env["PORT"];
  return {
    region: env["MAILLAGE_REGION"] ?? "fr-occ",
    peers: (env["MAILLAGE_PEER_REGIONS"] ?? "fr-pac").split(",").map((each) => each.trim()).filter(Boolean),
    natsUrl: env["MAILLAGE_NATS_URL"] ?? "nats://127.0.0.1:4222",
    users: usersOf(env),
    dataDir: env["MAILLAGE_DATA_DIR"] ?? "data/state",
    ownFile: env["OWN_FILE"] ?? new URL("../../data/occitanie.json", import.meta.url).pathname,
    port: port === undefined ? undefined : Number(port),
  };
}

/** One user for all, or `MAILLAGE_NATS_PASSWORDS_FILE`: the passwords by user, as `maillage region add` writes them. */
function usersOf(env: NodeJS.ProcessEnv): Record<Service, User | undefined> {
  const file = env["MAILLAGE_NATS_PASSWORDS_FILE"];
  if (file) {
    const passwords = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    const user = (name: Service): User => ({ name, password: passwords[name] ?? "" });
    return { directory: user("directory"), events: user("events") };
  }
  const name = env["MAILLAGE_NATS_USER"];
  const one = name ? { name, password: env["MAILLAGE_NATS_PASSWORD"] ?? "" } : undefined;
  return { directory: one, events: one };
}

/** The name of a stream: `streamName("FEED", "fr-pac")` is `FEED_FR_PAC`. */
export function streamName(kind: "EVENTS" | "FEED", region: string): string {
  return `${kind}_${region.toUpperCase().replaceAll("-", "_")}`;
}
