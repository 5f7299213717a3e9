// The parts of a console on the page: bar, log, line, variables. They know nothing of what they show.

import { icon, make } from '../parts/site.js';

const item = (drawing, label) => make('button', { type: 'button' }, icon(drawing), label);

/** Return the controls of the bar and the line by name. */
function controls() {
  const button = (label, drawing, className) => make('button', { type: 'button', className, title: label, attributes: { 'aria-label': label } }, icon(drawing));
  return {
    interrupt: make('button', { type: 'button', className: 'danger console-interrupt', hidden: true }, icon('stop'), 'Interrupt'),
    leave: make('button', { type: 'button', className: 'console-interrupt', hidden: true }, icon('close'), 'Leave the line'),
    again: make('button', { type: 'button', className: 'main', hidden: true }, icon('restart'), 'Start again'),
    restart: button('Restart this console', 'restart', 'plain only-icon'),
    copy: button('Copy all, without prompts', 'copy', 'plain only-icon'),
    variables: make('button', { type: 'button', className: 'plain console-toggle', attributes: { 'aria-pressed': 'false' } }, icon('variables'), make('span', { textContent: 'Variables' })),
    runFile: item('play', 'Run a file…'),
    search: item('search', 'Search what was typed'),
    clear: item('close', 'Clear the view'),
  };
}

/** Fill `element` with the parts of a console in the directory `cwd`. */
export function build(element, cwd) {
  const state = make('span', { className: 'console-state', attributes: { role: 'status' } });
  const clock = make('span', { className: 'console-clock', attributes: { 'aria-hidden': 'true' } });
  const all = controls();
  const more = make(
    'details',
    { className: 'menu' },
    make('summary', { className: 'button plain only-icon', title: 'More', attributes: { 'aria-label': 'More for this console' } }, icon('more')),
    make('div', { className: 'menu-panel' }, all.runFile, all.search, all.clear),
  );
  const log = make('div', { className: 'console-log', tabIndex: 0, attributes: { role: 'log', 'aria-live': 'off', 'aria-label': 'Typed lines and their output' } });
  const announcer = make('p', { className: 'aside', attributes: { role: 'status' } });
  const hints = make('p', { className: 'console-hints', hidden: true, attributes: { role: 'status' } });
  const prompt = make('span', { className: 'console-prompt', attributes: { 'aria-hidden': 'true' } });
  const area = make('textarea', {
    className: 'console-input',
    rows: 1,
    spellcheck: false,
    autocomplete: 'off',
    attributes: { 'aria-label': 'Python', autocapitalize: 'off', autocorrect: 'off', enterkeyhint: 'send' },
  });
  const behind = make('pre', { className: 'console-behind', attributes: { 'aria-hidden': 'true' } });
  const field = make('div', { className: 'console-field' }, area, behind);
  const send = make('button', { className: 'plain only-icon console-send', attributes: { 'aria-label': 'Enter' }, title: 'Enter' }, icon('play'));
  // Where Enter stands while there is something to enter: nothing moves, and the thumb knows the place.
  const form = make('form', { className: 'console-line' }, prompt, field, send, all.interrupt, all.leave);
  const above = make('div', { className: 'console-above' }, hints);
  const foot = make('div', { className: 'console-foot' }, above, form);
  const title = make('h2', { className: 'console-title' }, make('span', { textContent: 'Console · ' }), cwd);
  const tools = make('span', { className: 'console-tools' }, all.again, all.variables, all.copy, all.restart, more);
  const bar = make('div', { className: 'console-bar' }, title, make('span', { className: 'console-now' }, state, clock), tools);
  const main = make('div', { className: 'console-main' }, log, foot);
  const side = make('section', { className: 'console-side', hidden: true, attributes: { 'aria-label': 'Variables' } });
  element.classList.add('console');
  element.setAttribute('aria-label', 'Console');
  if (!element.matches('section, aside')) element.setAttribute('role', 'group');
  element.replaceChildren(bar, make('div', { className: 'console-body' }, main, side), announcer);

  // A click on empty ground goes to the line, as in a terminal; a click that selects text does not.
  log.addEventListener('click', (event) => {
    if (event.target === log && !String(getSelection())) area.focus();
  });

  return {
    element,
    log,
    area,
    behind,
    above,
    side,
    announcer,
    controls: all,

    /** `handlers` has a step for each control by its name, and `send`. */
    on(handlers) {
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        handlers.send();
      });
      for (const [name, control] of Object.entries(all)) {
        control.addEventListener('click', () => {
          more.open = false;
          handlers[name]();
          if (control.hidden || ['interrupt', 'again', 'clear'].includes(name)) area.focus();
        });
      }
    },

    /** Say a short sentence above the line until something is typed. */
    say(text) {
      hints.textContent = text;
      hints.hidden = !text;
    },

    show(now) {
      if (state.textContent !== now.state) state.textContent = now.state;
      clock.textContent = now.clock;
      prompt.textContent = now.prompt;
      area.placeholder = now.isUnused ? 'Python; Enter runs it' : '';
      area.setAttribute('aria-label', now.isInput ? 'Input for the program' : 'Python');
      element.classList.toggle('wants-input', now.isInput);
      all.interrupt.hidden = !now.canInterrupt;
      form.hidden = now.hasNoRoom;
      all.leave.hidden = !now.isQueued;
      send.hidden = now.isRunning || now.isQueued;
      all.again.hidden = !now.isEnded;
      all.restart.hidden = now.isEnded || !now.canRestart;
    },
  };
}
