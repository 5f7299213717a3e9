// The words for what a console is doing.

const WANTS = { code: 'ready', more: 'waiting for the rest of the block', input: 'waiting for input' };
const LISTED = { idle: 'ready', busy: 'running', input: 'waiting for input', queued: 'waiting in line' };

/** Return the state of a mounted console in words. */
export function stateInWords({ isRestarting, end, line, isBusy, wants, queue }) {
  if (isRestarting) return 'restarting';
  if (end !== null) return 'ended';
  if (line === 'idle') return 'not started';
  if (line === 'offline') return 'offline, trying again';
  if (line === 'connecting') return 'connecting';
  if (queue) return `number ${Math.max(1, queue.place)} in line`;
  return isBusy ? 'running' : WANTS[wants];
}

/** Return the state of a console in the list of them in words. */
export const listedState = (state) => LISTED[state] ?? state;

/** Return a duration as a person says it: "3 s", "2 min 5 s". */
export function seconds(milliseconds) {
  const whole = Math.round(milliseconds / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** Return how long a wait takes as a sentence says it: "20 seconds", "3 minutes". */
function waitInWords(wait) {
  return wait < 90 ? counted(Math.max(1, Math.round(wait)), 'second') : counted(Math.round(wait / 60), 'minute');
}

export const STAYS = 'What you typed stays below and runs when it is your turn.';

/** Return the sentences for whoever waits in the line, with a line of Python that waits too. */
export function queueInWords({ place, seconds: wait }, hasLine) {
  const then = hasLine ? STAYS : 'Yours starts by itself when it is your turn.';
  return `Many consoles are starting. You are number ${Math.max(1, place)}; about ${waitInWords(wait)}. ${then}`;
}
