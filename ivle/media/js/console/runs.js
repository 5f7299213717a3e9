// Files that are run in a console, as `python path args…` does, and whoever waits to hear how that ended.

const IS_RUNNING = 'Something is still running here: interrupt it, then run again.';
const IS_ASKING = 'The program here waits for input: type it below, or interrupt the program, then run again.';
const IS_QUEUED = 'This console waits for its turn: run again when it is ready.';

export class Runs {
  constructor(session) {
    this.session = session;
    this.waiting = [];
  }

  /** Run a file of the home; the promise says how it ended. */
  run(path, args = []) {
    return this.send({ cmd: 'run', text: { path, args } });
  }

  /** Run a whole program that is in no file; the promise says how it ended. */
  runText(text) {
    return this.send({ cmd: 'block', text });
  }

  async send(command) {
    const { session } = this;
    await session.need();
    const reason = session.queue ? IS_QUEUED : session.isBusy ? IS_RUNNING : session.wants === 'input' ? IS_ASKING : null;
    if (reason) {
      session.transcript.notice(reason, 'warn');
      return 'busy';
    }
    const ended = new Promise((resolve) => this.waiting.push(resolve));
    await session.send(command);
    return ended;
  }

  /** Tell everybody who waits how it ended. */
  settle(outcome) {
    for (const resolve of this.waiting.splice(0)) resolve(outcome);
  }
}
