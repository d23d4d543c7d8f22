/** The connection to NATS: the outbox is emptied into our stream, each neighbour's feed is read in order. */

import {
  AckPolicy, DeliverPolicy, JetStreamApiError, jetstream, jetstreamManager,
  type Consumer, type JetStreamClient, type JetStreamManager, type JsMsg,
} from "@nats-io/jetstream";
import { connect, nanos, type NatsConnection } from "@nats-io/transport-node";
import { ZodError } from "zod";

import { headersOf, parse, subjectOf, Unreadable, type Incoming } from "./envelope.js";
import { erasedPerson, HANDLERS } from "./region.js";
import { streamName, type Service, type Settings } from "./settings.js";
import type { Store } from "./store.js";

const DURABLE = "directory";
const PRESENTED = "directory.coordinator.presented.v1";
const PAUSE = 2_000;
const ACK_WAIT = 10_000;
const NOT_FOUND = 404;

interface Link {
  connection: NatsConnection;
  stream: JetStreamClient;
  manager: JetStreamManager;
}

async function link(settings: Settings, service: Service): Promise<Link> {
  const user = settings.users[service];
  const connection = await connect({
    servers: settings.natsUrl.split(","), name: `${settings.region}-${service}`,
    maxReconnectAttempts: -1, waitOnFirstConnect: true,
    // A user of the network hears answers under its own inbox only.
    ...(user ? { user: user.name, pass: user.password, inboxPrefix: `_INBOX.${user.name}` } : {}),
  });
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return { connection, stream: jetstream(connection), manager };
}

export class Bus {
  #publishing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly settings: Settings,
    private readonly store: Store,
    private readonly links: Record<Service, Link>,
  ) {}

  /** Connect, for as long as it takes; afterwards the client comes back by itself whenever the server does. */
  static async open(settings: Settings, store: Store): Promise<Bus> {
    const { directory, events } = settings.users;
    const first = await link(settings, "directory");
    const second = directory?.name === events?.name ? first : await link(settings, "events");
    return new Bus(settings, store, { directory: first, events: second });
  }

  async close(): Promise<void> {
    await Promise.all([...new Set(Object.values(this.links))].map((each) => each.connection.drain()));
  }

  /** Publish what is in the outbox, in order, one run at a time. What NATS does not take now stays there. */
  publish(): Promise<void> {
    this.#publishing = this.#publishing.then(() => this.#drainOutbox()).catch((error: unknown) => {
      console.error("not published yet:", String(error));
    });
    return this.#publishing;
  }

  async #drainOutbox(): Promise<void> {
    for (let event = this.store.state.outbox[0]; event; event = this.store.state.outbox[0]) {
      const { region } = this.settings;
      // Published and not yet noted when we died: the stream knows the id and drops the second one.
      await this.#linkFor(event.type).stream.publish(subjectOf(region, event), JSON.stringify(event.body), {
        msgID: event.id, headers: headersOf(region, event),
        expect: { streamName: streamName("EVENTS", region) },
      });
      this.store.transaction((state) => void state.outbox.shift());
    }
  }

  /** Each service speaks as its own user, who may publish below that service's name only. */
  #linkFor(type: string): Link {
    return type.startsWith("events.") ? this.links.events : this.links.directory;
  }

  /** Read a neighbour's feed until the process ends, whatever comes and goes meanwhile. */
  async follow(peer: string): Promise<never> {
    const feed = streamName("FEED", peer);
    for (;;) {
      try {
        const messages = await (await this.#consumer(feed)).consume({ max_messages: 50 });
        for await (const message of messages) await this.#take(message, feed, peer);
      } catch (error) {
        console.error(`${feed} cannot be read yet:`, String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  async #consumer(feed: string): Promise<Consumer> {
    try {
      return await this.links.directory.stream.consumers.get(feed, DURABLE);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.apiError().code !== NOT_FOUND) throw error;
    }
    await this.links.directory.manager.consumers.add(feed, {
      durable_name: DURABLE, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All,
      ack_wait: nanos(ACK_WAIT), max_ack_pending: 50,
    });
    return this.links.directory.stream.consumers.get(feed, DURABLE);
  }

  /** Effect first, on the disk; then the acknowledgement; then what is to be said about it. */
  async #take(message: JsMsg, feed: string, peer: string): Promise<void> {
    try {
      const event = parse(message.subject, message.headers, message.data);
      if (event.region !== peer) throw new Unreadable(`not an event of ${peer}`);
      await this.#handle(event, feed);
    } catch (error) {
      if (error instanceof Unreadable || error instanceof ZodError) {
        // Our own words only: the message's could be about someone.
        const why = error instanceof Unreadable ? error.message : "its body is not as expected";
        console.error(`given up: message ${message.seq} of ${feed}: ${why}`);
        return message.term("unreadable");
      }
      console.error(`tried again later: message ${message.seq} of ${feed}:`, String(error));
      return message.nak(PAUSE);
    }
    message.ack();
    await this.publish();
  }

  async #handle(event: Incoming, feed: string): Promise<void> {
    const handler = HANDLERS[event.type];
    if (!handler) return;
    const person = erasedPerson(event);
    if (person) await this.#purge(feed, `${event.region}.${PRESENTED}.${person}`);
    this.store.transaction((state) => handler(state, event, this.settings.region));
  }

  /** Delete her cards from the feed one by one, which overwrites them; a purge would only unlink them. */
  async #purge(feed: string, subject: string): Promise<void> {
    for (;;) {
      const found = await this.links.directory.manager.streams.getMessage(feed, { last_by_subj: subject });
      if (!found) return;
      await this.links.directory.manager.streams.deleteMessage(feed, found.seq, true);
    }
  }
}
