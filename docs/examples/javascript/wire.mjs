// The link to a Miaohui relay and what it carries: docs/protocol.md, sections 1, 2 and 5.
// Node 20 or later, no packages. Shared by customer.mjs and responder.mjs.

import { createHash, createPublicKey, randomBytes, randomUUID, verify } from "node:crypto";
import http from "node:http";
import https from "node:https";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, section 1.3
const LARGEST = 32 * 1024 * 1024; // what we read of one message, at most
const PING_MS = 2_000;
const DEAD_MS = 4_000;
const ACK_MS = 40; // more than 50 pings a second would end the link

/** A refusal: the relay's code, and the word beside it. */
export class Failed extends Error {
  constructor({ code, detail = "", retry_ms = 0 }) {
    super(detail ? `${code} (${detail})` : code);
    Object.assign(this, { code, detail, retry_ms });
  }
}

/** RFC 8785 of what the wire carries: objects, lists, text, whole numbers. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).sort(); // by UTF-16 code units, as the RFC wants it
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

export const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

/** Is `signature` (hex) that of the raw Ed25519 `key` (hex) over the canonical bytes? */
export function signedBy(key, signature, statement) {
  const x = Buffer.from(key, "hex").toString("base64url");
  const known = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, Buffer.from(canonical(statement)), known, Buffer.from(signature, "hex"));
}

/** A WebSocket as a client has it: masked text out, whole text messages in. */
class Socket {
  #stream;
  #rest = Buffer.alloc(0);
  #parts = [];
  #size = 0;
  heard = () => {};
  closed = () => {};

  static open(url) {
    const { protocol, hostname, port, pathname } = new URL(url);
    const secure = protocol === "wss:";
    const nonce = randomBytes(16).toString("base64");
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": nonce,
      "Sec-WebSocket-Version": "13",
    };
    const host = hostname.replace(/^\[|\]$/g, "");
    const request = (secure ? https : http).request({
      host,
      port: port || (secure ? 443 : 80),
      path: pathname,
      headers,
    });
    return new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (answer) => {
        answer.destroy();
        reject(new Error(`no WebSocket here: HTTP ${answer.statusCode}`));
      });
      request.on("upgrade", (answer, stream, first) => {
        const accept = createHash("sha1").update(nonce + GUID).digest("base64");
        if (answer.headers["sec-websocket-accept"] === accept) resolve(new Socket(stream, first));
        else reject(new Error("not a WebSocket's answer"), stream.destroy());
      });
      request.end();
    });
  }

  constructor(stream, first) {
    this.#stream = stream.setNoDelay(true);
    stream.on("data", (bytes) => this.#read(bytes));
    stream.on("error", (fault) => this.closed(`the link broke: ${fault.message}`));
    stream.on("close", () => this.closed("the link broke"));
    if (first.length) stream.unshift(first);
  }

  send(text) {
    this.#frame(1, Buffer.from(text));
  }

  close() {
    this.#frame(8, Buffer.from([0x03, 0xe8])); // 1000
    this.#stream.end();
  }

  destroy(why) {
    this.#stream.destroy();
    this.closed(why);
  }

  #frame(opcode, payload) {
    const long = payload.length > 65_535 ? 8 : payload.length > 125 ? 2 : 0;
    const head = Buffer.alloc(2 + long);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (long === 8 ? 127 : long === 2 ? 126 : payload.length);
    if (long === 2) head.writeUInt16BE(payload.length, 2);
    if (long === 8) head.writeBigUInt64BE(BigInt(payload.length), 2);
    const mask = randomBytes(4);
    const masked = Buffer.from(payload.map((byte, at) => byte ^ mask[at & 3]));
    if (this.#stream.writable) this.#stream.write(Buffer.concat([head, mask, masked]));
  }

  #read(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 2) {
      const short = this.#rest[1];
      const long = short === 127 ? 8 : short === 126 ? 2 : 0;
      if (short & 0x80) return this.destroy("a relay does not mask");
      if (this.#rest.length < 2 + long) return;
      let size = short;
      if (long === 2) size = this.#rest.readUInt16BE(2);
      if (long === 8) size = Number(this.#rest.readBigUInt64BE(2));
      if (this.#size + size > LARGEST) return this.destroy("a message that is too large");
      if (this.#rest.length < 2 + long + size) return;
      const [first, payload] = [this.#rest[0], this.#rest.subarray(2 + long, 2 + long + size)];
      this.#rest = this.#rest.subarray(2 + long + size);
      this.#take(first & 0x0f, (first & 0x80) !== 0, payload);
    }
  }

  #take(opcode, last, payload) {
    if (opcode === 9) return this.#frame(10, payload);
    if (opcode === 8) {
      this.#frame(8, payload.subarray(0, 2));
      this.#stream.end();
      return this.closed(payload.subarray(2).toString() || "the relay closed the link");
    }
    if (opcode > 1) return; // a picture's bytes, or a pong that nobody asked for
    this.#parts.push(payload);
    this.#size += payload.length;
    if (!last) return;
    const text = Buffer.concat(this.#parts).toString();
    [this.#parts, this.#size] = [[], 0];
    try {
      this.heard(JSON.parse(text));
    } catch (fault) {
      this.destroy(fault.message); // what cannot be read, or does not hold, is the end
    }
  }
}

/** One connection to a relay. `welcome`; `ask` for an answer; `on` for what is pushed. */
export class Relay {
  #socket;
  #asked = new Map();
  #hear = new Map();
  #heart;
  #due;
  #pong = performance.now();
  #end;
  acks = {}; // session → the highest position that is kept here without a gap
  ended = new Promise((resolve) => (this.#end = resolve)); // why the link is gone

  static async join(url, client) {
    const relay = new Relay(await Socket.open(url));
    const welcomed = new Promise((resolve) => relay.on("welcome", resolve));
    relay.#say({ type: "hello", protocol: 2, client, device: randomUUID(), lang: "en" });
    const gone = relay.ended.then((why) => Promise.reject(new Error(why)));
    relay.welcome = await Promise.race([welcomed, gone]);
    relay.#heart = setInterval(() => relay.#beat(), PING_MS);
    return relay;
  }

  constructor(socket) {
    this.#socket = socket;
    socket.heard = (frame) => this.#take(frame);
    socket.closed = (why) => {
      clearInterval(this.#heart);
      clearTimeout(this.#due);
      for (const { reject } of this.#asked.values()) reject(new Error(why));
      this.#asked.clear();
      this.#end(why);
    };
    this.on("pong", () => (this.#pong = performance.now()));
    this.on("goodbye", ({ code }) => this.#socket.destroy(code));
  }

  on(type, act) {
    this.#hear.set(type, [...(this.#hear.get(type) ?? []), act]);
  }

  /** The result of a request; a refusal is thrown as `Failed`. */
  ask(type, fields = {}) {
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#say({ type, id, ...fields });
    });
  }

  /** Says how far a session is kept here: soon, and one heartbeat for whatever came together. */
  kept(session, position) {
    this.acks[session] = position;
    this.#due ??= setTimeout(() => this.#ping(), ACK_MS);
  }

  close() {
    this.#socket.close();
  }

  /** Ends the link because of what was heard on it. */
  fail(why) {
    this.#socket.destroy(why);
  }

  #beat() {
    if (performance.now() - this.#pong > DEAD_MS) this.#socket.destroy("no answer for 4 s");
    else this.#ping();
  }

  #ping() {
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#say({ type: "ping", t1: Math.round(performance.now()), acks: this.acks });
  }

  #say(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #take(frame) {
    const waiting = this.#asked.get(frame.id);
    if (waiting && (frame.type === "ok" || frame.type === "failed")) {
      this.#asked.delete(frame.id);
      if (frame.type === "ok") waiting.resolve(frame.result);
      else waiting.reject(new Failed(frame));
    } else for (const act of this.#hear.get(frame.type) ?? []) act(frame);
  }
}

/** A session's feed, each item once and in order; its journal is checked as it comes. */
export class Feed {
  entries = [];
  bodies = new Map(); // seq → the words
  hashes = []; // of each entry
  head = "0".repeat(64);
  #act;
  #relay;
  #position = 0;
  #reading = false;

  /** `act(item)` is called for each item, once it is kept and acknowledged. */
  constructor(relay, session, act) {
    [this.#relay, this.session, this.#act] = [relay, session, act];
    relay.on("feed_push", (push) => push.session === session && this.#apply(push.items));
    relay.on("pong", ({ heads = {} }) => heads[session] > this.#position && this.#again());
  }

  async read() {
    if (this.#reading) return;
    this.#reading = true;
    let head;
    do {
      const page = await this.#relay.ask("attach", { session: this.session, after: this.#position });
      this.#apply(page.items);
      head = page.head;
    } while (this.#position < head);
    this.#reading = false;
  }

  async send(text, more = {}) {
    const body = { salt: randomBytes(16).toString("hex"), text };
    return this.#relay.ask("send", { session: this.session, body, ...more });
  }

  #again() {
    this.read().catch((fault) => this.#relay.fail(fault.message));
  }

  #apply(placed) {
    const fresh = placed.filter(({ pos }) => pos > this.#position);
    if (fresh.length && fresh[0].pos !== this.#position + 1) return this.#again();
    for (const { pos, item } of fresh) {
      if (item.type === "entry_item") this.#chain(item.entry, item.body);
      this.#position = pos;
    }
    if (!fresh.length) return;
    this.#relay.kept(this.session, this.#position);
    for (const { item } of fresh) this.#act(item);
  }

  #chain(entry, body) {
    if (entry.prev !== this.head || entry.seq !== this.entries.length + 1)
      throw new Error(`entry ${entry.seq} does not follow the one before it`);
    if (body && entry.kind === "message" && entry.content === "text") {
      const commit = sha256(Buffer.from(body.salt, "hex"), body.text ?? "");
      if (commit !== entry.commit) throw new Error(`the words of ${entry.seq} are not its own`);
      this.bodies.set(entry.seq, body);
    }
    this.entries.push(entry);
    this.head = sha256(canonical(entry));
    this.hashes.push(this.head);
  }
}
