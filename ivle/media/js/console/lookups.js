// What the page asks a console beside what is typed: completions, the variables, a closer look at one of them.

import { Questions } from './questions.js';

const LOOK_MS = 150;
const STILL_TYPING_MS = 500;

const reasonOf = (error) => String(error).trimEnd().split('\n').at(-1);

/**
 * `parts` are input, variables and say(sentence). `handlers`: send(command): a promise · stop() · isAtRest(): nothing runs or waits
 * · mayComplete() · isBetween(): the console is between two lines, or will soon be · typedAt(): when something was typed last · done().
 */
export class Lookups {
  constructor({ input, variables, say }, handlers) {
    Object.assign(this, { input, variables, say, handlers });
    this.questions = new Questions({ send: handlers.send, stop: handlers.stop, slow: () => variables.slow() });
    this.timer = 0;
  }

  /** Whether an answer is still to come. */
  get isOpen() {
    return this.questions.isOpen;
  }

  complete(text, cursor) {
    if (this.handlers.mayComplete()) this.questions.ask('complete', { text, cursor });
  }

  inspect(name) {
    if (this.handlers.isAtRest()) this.questions.ask('inspect', name);
    else this.say('A closer look is possible when the console is ready.');
  }

  /** Bring the variables up to date as soon as nothing else is going on. */
  look() {
    clearTimeout(this.timer);
    if (!this.variables.wantsNews) return;
    const isTyping = () => performance.now() - this.handlers.typedAt() < STILL_TYPING_MS;
    this.timer = setTimeout(() => {
      if (this.handlers.isAtRest() && !isTyping()) this.questions.ask('globals', '');
      else if (this.handlers.isBetween()) this.look();
    }, isTyping() ? STILL_TYPING_MS : LOOK_MS);
  }

  /** Somebody wants to go on: an answer that takes its time is no longer waited for. */
  hurry() {
    this.questions.hurry();
  }

  answered(reply) {
    const asked = this.questions.over();
    if ('matches' in reply && asked === 'complete') this.input.offer(reply.matches, reply.start);
    if ('globals' in reply) this.variables.take(reply.globals);
    if ('members' in reply && asked === 'inspect') this.variables.detail(reply);
    this.handlers.done();
  }

  /** A question led to an error: of an expression, or because it took too long. */
  unanswered(reply) {
    const { isStopped } = this.questions;
    if (this.questions.over() === 'inspect' && !isStopped) this.variables.failed(reasonOf(reply.exc));
    this.handlers.done();
  }

  /** Wait for no answer any more. */
  forget() {
    this.questions.over();
  }

  close() {
    clearTimeout(this.timer);
  }
}
