// A responder's bot: signs up with an invitation, goes on duty, answers whatever is asked.
//
//   node responder.mjs ws://127.0.0.1:8787 INVITATION [SESSIONS]
//
// It ends after SESSIONS conversations; without a number it stays. Node 20 or later. It writes as
// a person does (`origin` "human"), to try a relay out, and so works on practice relays only:
// anywhere else, what a program writes bears "auto", which answers nothing. See docs/protocol.md.

import { randomBytes } from "node:crypto";
import { Feed, Failed, Relay } from "./wire.mjs";

const [url, invite, most = "Infinity"] = process.argv.slice(2);
if (!url || !invite || !(Number(most) > 0)) {
  console.error("usage: node responder.mjs ws://HOST:PORT INVITATION [SESSIONS]");
  process.exit(2);
}

// The relay wants a question to have been here for 300 ms (section 2); timers may come early.
const SETTLE_MS = 320;
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One conversation, from `opened` to the receipt. */
class Conversation {
  #feed;
  #newest = 0; // the newest question's seq
  #covered = 0; // up to where the relay has said that our replies cover
  #writing = false;
  #finish;
  done = new Promise((resolve) => (this.#finish = resolve));

  constructor(relay, card) {
    this.#feed = new Feed(relay, card.session, (item) => this.#see(item));
    this.customer = card.peer_name;
  }

  async begin() {
    await this.#feed.read();
    // The first human message begins the paid time; it has to come within 60 s of `opened`.
    await this.#feed.send("你好，我在。", { seen_seq: 0 });
    console.log(`greeted ${this.customer}`);
    await this.#answer();
  }

  #see({ type, entry, receipt }) {
    if (type === "receipt_item") {
      console.log(`receipt of ${receipt.session}`);
      this.#finish();
    } else if (type === "entry_item" && entry.kind === "message" && entry.author === "customer") {
      console.log(`asked ${entry.seq}: ${this.#feed.bodies.get(entry.seq)?.text ?? "(gone)"}`);
      this.#newest = entry.seq;
      this.#answer().catch(fail);
    }
  }

  /** Replies until nothing is open; one at a time, however fast questions come. */
  async #answer() {
    if (this.#writing) return;
    this.#writing = true;
    try {
      while (this.#covered < this.#newest) {
        const seen_seq = this.#newest; // what is on the screen as Send is pressed
        const words = this.#feed.bodies.get(seen_seq)?.text ?? "";
        await later(SETTLE_MS);
        const accepted = await this.#feed.send(`听到了：${words}`, { seen_seq });
        console.log(`replied to ${seen_seq}, covers up to ${accepted.seen_seq}`);
        // Lower than what was sent: the relay had not known for 300 ms that the question was
        // here, and it still waits. The loop says the words once more.
        this.#covered = accepted.seen_seq ?? this.#covered;
      }
    } catch (fault) {
      if (!(fault instanceof Failed) || fault.code !== "session_closed") throw fault;
    } finally {
      this.#writing = false;
    }
  }
}

/** Takes what is on the desk, as it comes: orders are accepted, new sessions are begun. */
class Desk {
  #relay;
  #taken = new Set();
  #known = new Map();
  #finished = 0;

  constructor(relay) {
    this.#relay = relay;
    relay.on("desk_changed", ({ desk }) => this.look(desk));
  }

  look({ incoming, sessions }) {
    for (const { order } of incoming) if (!this.#taken.has(order)) this.#accept(order).catch(fail);
    for (const card of sessions) if (card.state !== "closed") this.#begin(card).catch(fail);
  }

  async #accept(order) {
    this.#taken.add(order);
    try {
      const { card } = await this.#relay.ask("accept_order", { order });
      console.log(`accepted ${order}`);
      await this.#begin(card);
    } catch (fault) {
      if (!(fault instanceof Failed)) throw fault;
      console.log(`order ${order}: ${fault.message}`); // it went elsewhere, or was taken back
    }
  }

  async #begin(card) {
    if (this.#known.has(card.session)) return;
    const conversation = new Conversation(this.#relay, card);
    this.#known.set(card.session, conversation);
    await conversation.begin();
    await conversation.done;
    this.#finished += 1;
    if (this.#finished >= Number(most)) await this.#leave();
  }

  async #leave() {
    await this.#relay.ask("set_presence", { state: "off" });
    console.log("off duty");
    this.#relay.close();
    await this.#relay.ended;
    process.exit(0);
  }
}

function fail(fault) {
  console.error(fault instanceof Failed ? `refused: ${fault.message}` : fault.message);
  process.exit(1);
}

async function main() {
  const relay = await Relay.join(url, "example-js-responder/1");
  if (!relay.welcome.practice) throw new Error("a bot works on practice relays only");
  const name = `bot-${randomBytes(5).toString("hex")}`;
  const password = randomBytes(18).toString("base64url");
  const { account } = await relay.ask("sign_up", { name, password, display: "小机", invite });
  console.log(`signed up as ${account.name} of ${account.shop_name}`);
  const desk = new Desk(relay);
  await relay.ask("set_presence", { state: "on" });
  console.log("on duty");
  desk.look(await relay.ask("get_desk"));
  throw new Error(await relay.ended); // a bot that stays would connect again (section 1)
}

main().catch(fail);
