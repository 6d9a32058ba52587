// A customer: buys a timed chat, asks one question, ends, and checks the receipt.
//
//   node customer.mjs ws://127.0.0.1:8787 "你好，在吗？"
//
// Node 20 or later; for a practice relay, where money is play. See docs/protocol.md.

import { randomBytes } from "node:crypto";
import { Feed, Failed, Relay, canonical, sha256, signedBy } from "./wire.mjs";

const [url, question = "你好，在吗？"] = process.argv.slice(2);
if (!url) {
  console.error("usage: node customer.mjs ws://HOST:PORT [QUESTION]");
  process.exit(2);
}

/** Resolves with the first of what `offer` is given that `wanted` makes something of. */
function awaiting(wanted) {
  let offer;
  const found = new Promise((resolve) => {
    offer = (given) => {
      const made = wanted(given);
      if (made) resolve(made);
    };
  });
  return { found, offer };
}

/** An account of its own, which a program that stays would keep, with its token, in a keyring. */
async function signUp(relay) {
  const name = `guest-${randomBytes(5).toString("hex")}`;
  const password = randomBytes(18).toString("base64url");
  const { account } = await relay.ask("sign_up", { name, password });
  console.log(`signed up as ${account.name}`);
}

/** The cheapest offer of the first shop where somebody is free. */
async function choose(relay) {
  const { cards, total } = await relay.ask("search", { free_now: true });
  if (!cards.length) throw new Error("nobody is free");
  const { shop, name, measured } = cards[0];
  const { kept = 0, breached = 0 } = measured; // left out where nothing was measured yet
  console.log(`found ${total} shop(s); ${name} kept ${kept} of ${kept + breached} turns`);
  const { offers } = await relay.ask("get_shop", { shop });
  const [offer] = offers.filter((each) => !each.trial).sort((a, b) => a.price_fen - b.price_fen);
  if (!offer) throw new Error("nothing is on sale");
  return { shop, offer: offer.offer };
}

/** Pays, and waits until somebody has accepted; the id of the session. */
async function buy(relay, choice) {
  const quote = await relay.ask("quote", choice);
  console.log(`quoted ${quote.minutes} min for ${(quote.price_fen / 100).toFixed(2)} yuan`);
  let version = 0;
  const { found, offer } = awaiting((order) => {
    if (order.order !== quote.order || order.version < version) return false;
    version = order.version;
    console.log(`order ${order.state}`);
    if (["declined", "no_show", "void", "refunded"].includes(order.state))
      return { lost: order.state };
    return order.session && { session: order.session };
  });
  relay.on("order_changed", ({ order }) => offer(order));
  const { order, price_fen } = quote;
  await relay.ask("pay", { order, price_fen, provider: "practice" });
  const { session, lost } = await found;
  if (lost) throw new Error(`the order became ${lost}; the whole sum comes back`);
  return session;
}

/** Asks, waits for the reply that covers the question, ends, and waits for the receipt. */
async function talk(relay, session) {
  let asked = 0;
  const isAnswer = (entry) =>
    asked > 0 &&
    entry.kind === "message" &&
    entry.author === "responder" &&
    entry.origin === "human" &&
    entry.seen_seq >= asked;
  const answer = awaiting(() => feed.entries.find(isAnswer));
  const receipt = awaiting((item) => item.type === "receipt_item" && item.receipt);
  const feed = new Feed(relay, session, (item) => {
    if (item.type === "entry_item") show(feed, item.entry);
    answer.offer(item);
    receipt.offer(item);
  });
  await feed.read();
  const { seq, t } = await feed.send(question);
  asked = seq;
  answer.offer(); // it may be here already
  const reply = await answer.found;
  console.log(`answered after ${reply.t - t} ms by the relay's clock`);
  await relay.ask("end", { session });
  return { feed, receipt: await receipt.found };
}

function show(feed, entry) {
  if (entry.kind === "message")
    console.log(`${entry.author}: ${feed.bodies.get(entry.seq)?.text ?? "(gone)"}`);
  else console.log(`[${entry.t} ms] ${entry.kind}`);
}

/** Does a head that the relay signed on the way lie on the journal that we were given? */
function isOn(feed, key, { type, signature, ...signed }) {
  const here = feed.entries[signed.seq - 1];
  const same = signed.session === feed.session && signed.head === feed.hashes[signed.seq - 1];
  return same && signed.t === here.t && signedBy(key, signature, signed);
}

/** Everything that a receipt says, held against the key and the journal that we saw ourselves. */
function check(welcome, feed, heads, receipt) {
  const { signature, relay_key, ...signed } = receipt;
  const last = feed.entries.at(-1);
  const key = welcome.relay_key; // the one we trust, whatever stands in the receipt
  const told = {
    "another relay's key": relay_key === key,
    "a key id that is not the key's": signed.key_id === sha256(Buffer.from(key, "hex")).slice(0, 16),
    "another session": signed.session === feed.session,
    "another rule": signed.rule === welcome.rule,
    "another end": signed.seq === last.seq && signed.t === last.t && last.kind === "closed",
    "another journal": signed.head === feed.head,
    "a wrong signature": signedBy(key, signature, signed),
    "a signature that fits anything": !signedBy(key, signature, { ...signed, t: signed.t + 1 }),
    "a signed head of another journal": heads.every((head) => isOn(feed, key, head)),
  };
  const faults = Object.keys(told).filter((fault) => !told[fault]);
  if (faults.length) throw new Error(`the receipt has ${faults.join(", ")}`);
  console.log(`receipt good: ${last.seq} entries, closed by ${last.reason}, head ${signed.head}`);
  console.log(`signed: ${canonical(signed)}; ${heads.length} signed head(s) lie on the journal`);
}

async function visit(relay) {
  if (!relay.welcome.practice) throw new Error("this example pays with play money only");
  console.log(`welcome to ${relay.welcome.relay}`);
  await signUp(relay);
  const session = await buy(relay, await choose(relay));
  const heads = [];
  relay.on("signed_head", (head) => heads.push(head));
  const { feed, receipt } = await talk(relay, session);
  check(relay.welcome, feed, heads, receipt);
}

async function main() {
  const relay = await Relay.join(url, "example-js-customer/1");
  // A customer that stays would connect again, and attach from what it has (sections 1 and 2).
  const cut = relay.ended.then((why) => Promise.reject(new Error(why)));
  await Promise.race([visit(relay), cut]);
  cut.catch(() => {}); // from here on it is meant
  relay.close();
  await relay.ended;
}

main().then(
  () => process.exit(0),
  (fault) => {
    console.error(fault instanceof Failed ? `refused: ${fault.message}` : fault.message);
    process.exit(1);
  },
);
