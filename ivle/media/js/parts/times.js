// Times as a person says them: "today 12:03", "Tue 14 Nov"; in full, with the zone, in the title.

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockWithSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

const isSameDay = (one, other) => one.toDateString() === other.toDateString();

/** Return a moment in the few words that tell it apart now. */
export function inWords(moment, now = new Date()) {
  if (isSameDay(moment, now)) return `today ${clock.format(moment)}`;
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (isSameDay(moment, yesterday)) return `yesterday ${clock.format(moment)}`;
  return moment.getFullYear() === now.getFullYear() ? day.format(moment).replace(',', '') : dayOfYear.format(moment);
}

/** Return the time of day with seconds: what "saved" says. */
export const timeOfDay = (moment) => clockWithSeconds.format(moment);

/** Write every <time datetime> below `root` in the reader's zone. */
export function localiseTimes(root) {
  for (const element of root.querySelectorAll('time[datetime]')) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    element.textContent = inWords(moment);
    element.title = full.format(moment);
  }
}
