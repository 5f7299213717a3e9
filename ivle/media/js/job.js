// The page of a job: says how far it is, without loading the page again.

const SECONDS = 1;
const MOST_SECONDS = 15;

/** Show what the site tells of a job. */
function show(card, job) {
  for (const part of card.querySelectorAll('[data-job-part]')) {
    // Not written when it is the same: a screen reader would say it again.
    if (part.textContent !== job[part.dataset.jobPart]) part.textContent = job[part.dataset.jobPart];
  }
  const bar = card.querySelector('progress');
  if (bar && job.total) {
    bar.max = job.total;
    bar.value = job.done;
  }
  for (const part of card.querySelectorAll('[data-job-unfinished]')) part.hidden = !job.is_unfinished;
  for (const part of card.querySelectorAll('[data-job-finished]')) part.hidden = job.is_unfinished;
}

/** Ask again and again until the job is over; less often while the site does not answer. */
function watch(card) {
  let pause = SECONDS;
  const ask = async () => {
    try {
      const answer = await fetch(card.dataset.job, { headers: { Accept: 'application/json' } });
      if (!answer.ok) throw new Error(String(answer.status));
      const job = await answer.json();
      show(card, job);
      if (!job.is_unfinished) return;
      pause = SECONDS;
    } catch {
      pause = Math.min(2 * pause, MOST_SECONDS);
    }
    setTimeout(ask, pause * 1000);
  };
  setTimeout(ask, pause * 1000);
}

const card = document.querySelector('[data-job]');
if (card) watch(card);
