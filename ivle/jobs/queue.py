"""The queue: messages that wake workers, through Celery. Losing one costs some seconds, never a job."""

import functools
import gc
import logging
import urllib.parse

from sqlalchemy import event

from ivle.models.job import add_job

QUEUE = 'ivle-jobs'
TASK = 'ivle.jobs.run'
POLL_SECONDS = 0.2
# A broker that is away must not hold up who asks for a job: the row is there, and is found without a message.
BROKER_SECONDS = 2.0

log = logging.getLogger(__name__)


def make_app(settings):
    """Return the Celery application of a site. It speaks JSON only, and keeps no results: rows do."""
    # Not before it is needed: most processes of a site never are, and it takes a third of a second.
    from celery import Celery
    from kombu.transport import TRANSPORT_ALIASES

    TRANSPORT_ALIASES['filesystem'] = 'ivle.jobs.folder:Transport'
    app = Celery('ivle', broker=broker_of(settings), set_as_current=False)
    app.conf.update(
        broker_transport_options=_transport_options(settings),
        broker_connection_timeout=BROKER_SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_default_queue=QUEUE,
        task_serializer='json',
        accept_content=['json'],
        result_backend=None,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        enable_utc=True,
    )
    return app


def broker_of(settings):
    """Return the address of the broker; a folder in the data directory needs nothing installed."""
    return settings.jobs_broker or 'filesystem://localhost'


def _transport_options(settings):
    if urllib.parse.urlsplit(broker_of(settings)).scheme != 'filesystem':
        return {'socket_connect_timeout': BROKER_SECONDS, 'socket_timeout': BROKER_SECONDS, 'global_keyprefix': 'ivle:'}
    folder = settings.path('queue')
    for place in (folder, folder / 'messages', folder / 'control'):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        'data_folder_in': str(folder / 'messages'),
        'data_folder_out': str(folder / 'messages'),
        'control_folder': str(folder / 'control'),
        'polling_interval': POLL_SECONDS,
    }


def enqueue(db, settings, kind, arguments, *, title, url='', requested_by=None, lock=None):
    """Write a job down in the transaction of `db`, wake a worker after its commit, and return the job's id.

    Conflict while another one with the same `lock` is not finished.
    """
    job_id = add_job(db, kind, arguments, title=title, url=url, requested_by=requested_by, lock=lock)
    event.listen(db, 'after_commit', lambda session: publish(settings, job_id), once=True)
    return job_id


@functools.lru_cache(maxsize=8)
def _app_of(settings):
    return make_app(settings)


def publish(settings, job_id):
    """Wake a worker for a job. It does not fail: a job without a message is found within seconds."""
    from kombu.exceptions import KombuError

    try:
        # A connection for each: jobs are rare, and a kept one would be dead when it is needed.
        with _app_of(settings).connection_for_write() as connection:
            _app_of(settings).send_task(TASK, args=[job_id], queue=QUEUE, retry=False, connection=connection)
    except (KombuError, OSError) as error:
        # As text: whoever keeps the record would keep the connection, too.
        log.warning('no worker could be woken for job %s: %s', job_id, str(error))
    else:
        return
    # A connection that never came about holds itself in a circle, and a descriptor with it.
    gc.collect()
