// The parts of a console on the page: bar, log, hints, input line. They know nothing of what they show.

import { icon, make } from '../parts/site.js';

const MOST_HINTS = 60;

/** Fill `element` with the parts of a console in the directory `cwd`. */
export function build(element, cwd) {
  const state = make('span', { className: 'console-state', attributes: { role: 'status' } });
  const clock = make('span', { className: 'console-clock', attributes: { 'aria-hidden': 'true' } });
  const button = (label, drawing, className) => make('button', { type: 'button', className, title: label, attributes: { 'aria-label': label } }, icon(drawing));
  const interrupt = make('button', { type: 'button', className: 'danger console-interrupt', hidden: true }, icon('stop'), 'Interrupt');
  const again = make('button', { type: 'button', className: 'main', hidden: true }, icon('restart'), 'Start again');
  const restart = button('Restart this console', 'restart', 'plain only-icon');
  const copy = button('Copy all, without prompts', 'copy', 'plain only-icon');
  const log = make('div', { className: 'console-log', tabIndex: 0, attributes: { role: 'log', 'aria-live': 'off', 'aria-label': 'Typed lines and their output' } });
  const announcer = make('p', { className: 'aside', attributes: { role: 'status' } });
  const hints = make('p', { className: 'console-hints', hidden: true, attributes: { role: 'status' } });
  const prompt = make('span', { className: 'console-prompt', attributes: { 'aria-hidden': 'true' } });
  const area = make('textarea', {
    className: 'console-input',
    rows: 1,
    spellcheck: false,
    autocomplete: 'off',
    attributes: { 'aria-label': 'Python', autocapitalize: 'off', autocorrect: 'off', wrap: 'off', enterkeyhint: 'send' },
  });
  const send = make('button', { className: 'plain only-icon console-send', attributes: { 'aria-label': 'Enter' }, title: 'Enter' }, icon('play'));
  // Where Enter stands while there is something to enter: nothing moves, and the thumb knows the place.
  const form = make('form', { className: 'console-line' }, prompt, area, send, interrupt);
  const title = make('h2', { className: 'console-title' }, `Console · ${cwd}`);
  const bar = make('div', { className: 'console-bar' }, title, state, clock, make('span', { className: 'console-tools' }, again, copy, restart));
  element.classList.add('console');
  element.setAttribute('aria-label', 'Console');
  if (!element.matches('section, aside')) element.setAttribute('role', 'group');
  element.replaceChildren(bar, log, hints, form, announcer);

  // A click on empty ground goes to the line, as in a terminal; a click that selects text does not.
  log.addEventListener('click', (event) => {
    if (event.target === log && !String(getSelection())) area.focus();
  });

  const showHints = (text) => {
    hints.textContent = text;
    hints.hidden = !text;
  };

  return {
    element,
    log,
    area,
    announcer,

    on(handlers) {
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        handlers.send();
      });
      for (const [control, step] of [[interrupt, handlers.interrupt], [restart, handlers.restart], [again, handlers.again], [copy, handlers.copy]]) {
        control.addEventListener('click', () => {
          step();
          if (control.hidden || control === interrupt || control === again) area.focus();
        });
      }
    },

    hint(words, isNone = false) {
      const more = words.length - MOST_HINTS;
      showHints(isNone ? 'Nothing to complete.' : words.slice(0, MOST_HINTS).join('   ') + (more > 0 ? `   and ${more} more` : ''));
    },

    /** Say a short sentence above the line until something is typed. */
    say: showHints,

    show(now) {
      if (state.textContent !== now.state) state.textContent = now.state;
      clock.textContent = now.clock;
      prompt.textContent = now.prompt;
      area.setAttribute('aria-label', now.isInput ? 'Input for the program' : 'Python');
      element.classList.toggle('wants-input', now.isInput);
      interrupt.hidden = !now.canInterrupt;
      send.hidden = now.isRunning;
      again.hidden = !now.isEnded;
      restart.hidden = now.isEnded || !now.canRestart;
    },
  };
}
