// What the log shows of a command that was given: typed lines, input of a program, a file that is run.

import { joinArguments } from './arguments.js';

export const PROMPTS = { code: '>>> ', more: '... ', input: '' };

/** Return what is shown of a command to a console that waited for `wants`: {title}, or {text, prompt, isInput}. */
export function entryOf(cmd, text, wants) {
  if (cmd === 'run') return { title: `Run ${joinArguments([text.path, ...(text.args ?? [])])}` };
  return { text: text === '\x04' ? '' : text.replace(/\n+$/, ''), prompt: PROMPTS[wants], isInput: wants === 'input' };
}

export function enterInto(transcript, entry) {
  if (entry.title !== undefined) transcript.ran(entry.title);
  // Behind the question of the program, where a terminal shows it.
  else if (entry.isInput) transcript.write(`${entry.text}\n`, 'out');
  else transcript.type(entry.text, entry.prompt);
}
