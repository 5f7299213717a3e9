"""Publishing drafts: a job that tests drafts of a bank, one after the other, and publishes those whose tests are good.

What an earlier try of the job has published is found published, and what it had tested is asked for by the same keys.
"""


def publish_drafts(run):
    """Test and publish what the arguments name; the result says of each exercise what became of it, and why."""
    # Not before it is needed: with it come the readers of texts, and a worker that publishes nothing never needs their 9 MB.
    from ivle.jobs.draft import Draft

    drafts = run.arguments['drafts']
    found = []
    for place, (exercise_id, digest) in enumerate(drafts):
        run.progress(place, len(drafts), run.message)
        found.append(Draft(run, exercise_id, digest).outcome())
        run.message = _words(found)
    run.progress(len(drafts), len(drafts), run.message)
    return {'exercises': [one for one in found if one is not None]}


def _words(found):
    published = sum(one is not None and one['version'] is not None for one in found)
    return f'{published} published, {len(found) - published} left as they are.'


KINDS = {'publish-drafts': publish_drafts}
