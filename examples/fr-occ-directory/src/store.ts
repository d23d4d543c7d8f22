/**
 * All the service knows, in one file. A transaction changes a copy, writes it whole to a new file, syncs it and puts
 * it in the old one's place: whenever the process is killed, the disk holds the state before or the state after.
 */

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

import { emptyState, type State } from "./state.js";

export class Store {
  readonly #path: string;
  readonly #folder: string;
  #state: State;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#path = join(folder, "state.json");
    this.#state = this.#read();
  }

  /** What is known now. Only a transaction changes it. */
  get state(): Readonly<State> {
    return this.#state;
  }

  /** Run `change` on a copy and keep it when it is safely on the disk; an error leaves everything as it was. */
  transaction(change: (state: State) => void): void {
    const next = structuredClone(this.#state);
    change(next);
    this.#write(JSON.stringify(next));
    this.#state = next;
  }

  #read(): State {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return emptyState();
      throw error;
    }
    return { ...emptyState(), ...(JSON.parse(text) as Partial<State>) };
  }

  #write(text: string): void {
    const fresh = `${this.#path}.new`;
    const file = openSync(fresh, "w", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, this.#path);
    const folder = openSync(this.#folder, "r"); // the new name must outlive a power cut too
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}
