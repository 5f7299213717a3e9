// The line to one console: a WebSocket where it works, short polls where it does not, and back again after sleep.

import { endsCommand } from './replies.js';

const BUSY_POLL_MS = 400;
const IDLE_POLL_MS = 4000;
const RETRY_MS = [300, 1000, 2000, 5000, 10000];
const OPENING_MS = 5000;
// A machine that slept longer than this may hold a WebSocket that is dead without knowing it.
const SLEEP_MS = 30000;
// A socket that lived this long was a good one: its successor need not wait.
const STEADY_MS = 5000;
// So many sockets in a row that never opened, and something on the way does not let them pass.
const SOCKETS_TRIED = 2;
const GONE = 4404;
const REFUSED = 4400;

/**
 * Carries commands up and replies down, each reply once and in order.
 *
 * `handlers`: reply(reply) · synced(busy): what the host knows after a look · line(state): 'connecting', 'open' or 'offline'
 * · gone(): the console is no more · lost(command): it never arrived · refused(sentence).
 */
export class Connection {
  constructor(api, key, handlers) {
    this.api = api;
    this.key = key;
    this.handlers = handlers;
    this.seen = 0;
    this.busy = false;
    this.socket = null;
    this.polls = false;
    this.failures = 0;
    this.neverOpened = 0;
    this.unanswered = null;
    this.closed = false;
    this.isOver = false;
    this.polling = 0;
    this.retrying = 0;
    this.lastHeard = Date.now();
    this.wake = () => this.comeBack();
    addEventListener('online', this.wake);
    document.addEventListener('visibilitychange', this.wake);
  }

  /** Look at what happened so far, then listen. */
  async open() {
    if (this.closed) return;
    this.handlers.line('connecting');
    try {
      await this.sync();
      if (this.polls) this.poll();
      else if (!this.closed && !this.isOver) await this.listen();
      if (this.polls || this.isOver) this.handlers.line('open');
    } catch (error) {
      this.trouble(error);
    }
  }

  /** Listen to a console that has just begun, with what its start said of the gateway: there is nothing to catch up with. */
  async begin(gateway) {
    this.handlers.line('connecting');
    await this.listen(gateway).catch((error) => this.trouble(error));
  }

  close() {
    this.closed = true;
    removeEventListener('online', this.wake);
    document.removeEventListener('visibilitychange', this.wake);
    this.drop();
  }

  /** Send a command; the promise says that it went out, replies come to the handler. */
  async send(command) {
    const sent = { command, after: this.seen };
    this.busy = true;
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.unanswered = sent;
      this.socket.send(JSON.stringify(command));
      return;
    }
    clearTimeout(this.polling);
    try {
      this.take(await this.api.chat(this.key, command));
    } catch (error) {
      if (error.status === 0) {
        // It may have arrived all the same: the next look tells.
        this.unanswered = sent;
        this.trouble(error);
        return;
      }
      this.busy = false;
      throw error;
    }
    this.poll();
  }

  /** Interrupt, restart or terminate: by a plain request, which passes where a flood fills the stream. */
  async act(verb) {
    this.unanswered = null;
    const answer = await this.api.act(this.key, verb);
    if (this.socket?.readyState === WebSocket.OPEN) return;
    this.take(answer);
    await this.open();
  }

  async sync() {
    const asked = this.unanswered;
    this.take(await this.api.output(this.key, this.seen), true);
    if (this.polls) this.failures = 0;
    // A command that left by a dying socket and moved nothing was never heard.
    if (asked && asked === this.unanswered && !this.busy && this.seen === asked.after) {
      this.unanswered = null;
      this.handlers.lost(asked.command);
    }
  }

  take(answer, isFromHere = false) {
    const fresh = answer.replies.filter((reply) => reply.seq > this.seen);
    // Replies of before may still be on their way; only a look from here on tells all.
    if (!isFromHere && fresh.length && fresh[0].seq !== this.seen + 1) return;
    fresh.forEach((reply) => this.hear(reply));
    this.busy = answer.busy;
    this.handlers.synced(answer.busy);
  }

  hear(reply) {
    if (this.closed || reply.seq <= this.seen) return;
    this.seen = reply.seq;
    this.lastHeard = Date.now();
    this.unanswered = null;
    if (endsCommand(reply)) this.busy = false;
    this.isOver = 'terminate' in reply;
    this.handlers.reply(reply);
  }

  async listen(gateway = null) {
    const { url, token } = gateway ?? (await this.api.gateway(this.key));
    if (this.closed) return;
    let socket;
    try {
      socket = new WebSocket(url);
    } catch {
      this.neverOpened = SOCKETS_TRIED;
      this.pollInstead();
      return;
    }
    this.drop();
    this.socket = socket;
    let openedAt = 0;
    const patience = setTimeout(() => socket.close(), OPENING_MS);
    socket.addEventListener('open', () => {
      clearTimeout(patience);
      openedAt = Date.now();
      this.neverOpened = 0;
      this.lastHeard = Date.now();
      socket.send(JSON.stringify({ token, after: this.seen }));
      if (socket === this.socket) this.handlers.line('open');
    });
    socket.addEventListener('message', (event) => {
      if (socket !== this.socket) return;
      this.hear(JSON.parse(event.data));
    });
    socket.addEventListener('close', (event) => {
      clearTimeout(patience);
      if (socket !== this.socket) return;
      this.socket = null;
      if (openedAt && Date.now() - openedAt > STEADY_MS) this.failures = 0;
      this.ended(event, openedAt > 0);
    });
  }

  ended(event, opened) {
    // An ended console has nothing to say until somebody restarts it.
    if (this.closed || this.isOver) return;
    if (event.code === GONE) {
      this.handlers.gone();
      return;
    }
    if (event.code === REFUSED) {
      this.unanswered = null;
      this.handlers.refused(event.reason);
    }
    if (!opened && ++this.neverOpened >= SOCKETS_TRIED) {
      this.pollInstead();
      return;
    }
    this.handlers.line('connecting');
    this.again(() => this.open());
  }

  pollInstead() {
    this.polls = true;
    this.handlers.line('open');
    this.poll();
  }

  poll() {
    clearTimeout(this.polling);
    if (this.closed || this.socket || this.isOver) return;
    const wait = this.busy ? BUSY_POLL_MS : IDLE_POLL_MS;
    this.polling = setTimeout(async () => {
      try {
        if (!document.hidden || this.busy) await this.sync();
        if (this.polls) this.handlers.line('open');
        this.poll();
      } catch (error) {
        this.trouble(error);
      }
    }, wait);
  }

  again(step) {
    clearTimeout(this.retrying);
    const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    this.retrying = setTimeout(step, wait);
  }

  trouble(error) {
    if (this.closed) return;
    if (error.status === 404) {
      this.handlers.gone();
      return;
    }
    if (error.status === 401) {
      this.handlers.refused('You are signed out: sign in again, your console is still there.');
      return;
    }
    this.handlers.line('offline');
    this.again(() => this.open());
  }

  comeBack() {
    if (this.closed || document.hidden) return;
    const slept = Date.now() - this.lastHeard > SLEEP_MS;
    if (this.socket?.readyState === WebSocket.CONNECTING || (this.socket?.readyState === WebSocket.OPEN && !slept)) return;
    this.drop();
    this.open();
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    clearTimeout(this.polling);
    clearTimeout(this.retrying);
    socket?.close();
  }
}
