// The words for what a console is doing.

const WANTS = { code: 'ready', more: 'waiting for the rest of the block', input: 'waiting for input' };

/** Return the state of a mounted console in words. */
export function stateInWords({ isRestarting, end, line, isBusy, wants }) {
  if (isRestarting) return 'restarting';
  if (end !== null) return 'ended';
  if (line === 'idle') return 'not started';
  if (line === 'offline') return 'offline, trying again';
  if (line === 'connecting') return 'connecting';
  return isBusy ? 'running' : WANTS[wants];
}

/** Return a duration as a person says it: "3 s", "2 min 5 s". */
export function seconds(milliseconds) {
  const whole = Math.round(milliseconds / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
