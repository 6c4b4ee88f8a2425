"""Settings of Bridge: everything that differs between machines comes from the environment.

With DATABASE_URL and CELERY_BROKER_URL set, the product runs on those; without, on the servers that
`sop_site.embedded` keeps under DATA_DIR.
"""

from pathlib import Path

import pghistory
from celery.schedules import crontab
from csp.constants import NONE, SELF
from environs import Env, validate
from kombu import Queue

from sop_site import embedded

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / ".data"))).resolve()

DEMO_MODE = env.bool("DEMO_MODE", False)
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "only-for-tests-and-tools" if not env.bool("PRODUCTION", False) else None)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "crispy_bootstrap5",
    "crispy_forms",
    "csp",
    "django_filters",
    "django_fsm",
    "django_htmx",
    "django_tables2",
    "pgtrigger",
    "pghistory",
    "sop_site",
    "marketing",
    "planning",
    "scorecard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sop_site.htmx.SignInAgainMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sop_site.history.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "sop_site.urls"
WSGI_APPLICATION = "sop_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sop_site.context.frame",
            ],
        },
    }
]

database = env.dj_db_url("DATABASE_URL", embedded.database_url())
asked = database.get("OPTIONS", {})
DATABASES = {
    "default": {
        **database,
        # Where pgtrigger.ignore is not set, the trigger of each row begins with an error that it catches, and
        # that takes the longer the more rows wait for the end of the transaction.
        "OPTIONS": {**asked, "options": f"{asked.get('options', '')} -c pgtrigger.ignore={{}}".strip()},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "sop_site.User"
AUTHENTICATION_BACKENDS = ["sop_site.access.backend.RoleBackend"]
LOGIN_URL = "access:sign_in"
LOGIN_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_TZ = True
CURRENCY = env.str("CURRENCY", "$")

# Where people reach Bridge: the links in mails and chats begin with it.
SITE_ADDRESS = env.str("SITE_ADDRESS", f"http://localhost:{env.str('PORT', '8000')}").rstrip("/")
# Without a mail server nothing is mailed. MAIL_SECURITY is "starttls", "tls" or "none".
MAIL_HOST = env.str("MAIL_HOST", "")
MAIL_PORT = env.int("MAIL_PORT", 587)
MAIL_USER = env.str("MAIL_USER", "")
MAIL_PASSWORD = env.str("MAIL_PASSWORD", "")
MAIL_SECURITY = env.str("MAIL_SECURITY", "starttls", validate=validate.OneOf(["starttls", "tls", "none"]))
MAIL_FROM = env.str("MAIL_FROM", "Bridge <bridge@localhost>")
# What each room adds to a person's digest: functions of a person that give a `digest.Section` or None.
DIGEST_SECTIONS = ["scorecard.home.needs.digest_section"]
# Which of a person's news each room knows to be over: functions of the person and of the keys, oldest first.
DIGEST_OVER = [
    f"{room}.telling.told_and_over"
    for room in (
        "sop_site.operating_model",
        "marketing.campaigns",
        "planning.risk",
        "planning.remedies",
        "planning.consensus",
        "scorecard.actions",
    )
]
# Whether chat channels may lead to machines of this network.
CHAT_MAY_BE_LOCAL = env.bool("CHAT_MAY_BE_LOCAL", False)
# The country whose holidays are no working days, as "US"; none by default.
HOLIDAYS = env.str("HOLIDAYS", "")

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/@tabler/core/dist", BASE_DIR / "node_modules/@tabler/core/dist"),
    ("vendor/idiomorph/dist", BASE_DIR / "node_modules/idiomorph/dist"),
    ("vendor/tom-select/dist", BASE_DIR / "node_modules/tom-select/dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files are served by WhiteNoise straight from their folders, in the demo as in the tests;
# in production `collectstatic` gathers them.
WHITENOISE_USE_FINDERS = not env.bool("PRODUCTION", False)

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "django_tables2/bridge.html"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
# The campaign form of 300 featured SKUs at a thousand doors is some three thousand fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("PRODUCTION", False):
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", embedded.broker_url())
# The order is the workers': what people wait for goes before the chunks of a full recalculation. Learning has
# a worker of its own beside theirs; a worker that is told of no queues serves all of them.
CELERY_TASK_DEFAULT_QUEUE = "recalculation"
CELERY_TASK_QUEUES = [Queue("recalculation"), Queue("nightly"), Queue("learning")]
CELERY_TASK_ROUTES = {
    "planning.recalculate_run_chunk": {"queue": "nightly"},
    "planning.recalculate_everything": {"queue": "learning"},
    "scorecard.take_the_night": {"queue": "learning"},
    "scorecard.replay": {"queue": "learning"},
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
# Learning may take minutes. What runs into its hard limit comes back, as after a kill.
CELERY_TASK_ANNOTATIONS = {
    "planning.recalculate_everything": {
        "soft_time_limit": 3300,
        "time_limit": 3500,
        "acks_on_timeout": False,
    },
    "scorecard.take_the_night": {"soft_time_limit": 1500, "time_limit": 1700},
    "scorecard.replay": {"soft_time_limit": 900, "time_limit": 1000},
}
# Longer than the hard time limit of any task, so that one still at work is never handed out twice. So long a
# killed worker's message may stay away; the sweep, which asks the database, is what heals.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "queue_order_strategy": "priority",
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # An edit does not wait for a broker that is away: its marks are swept.
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # What a message did not call a worker for. One that comes late is of no use: the next is on its way.
    "deliver-messages": {
        "task": "sop_site.deliver_messages",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "write-digests": {"task": "sop_site.write_digests", "schedule": 300.0, "options": {"expires": 300}},
    "clear-old-messages": {
        "task": "sop_site.clear_old_messages",
        "schedule": crontab(hour=env.int("NIGHTLY_HOUR_UTC", 2), minute=45),
    },
    "sweep-changed-skus": {
        "task": "planning.sweep_changed_skus",
        "schedule": env.float("SWEEP_SECONDS", 20.0),
    },
    "check-conditions": {
        "task": "scorecard.check_conditions",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "nightly-recalculation": {
        "task": "planning.recalculate_everything",
        "schedule": crontab(hour=env.int("NIGHTLY_HOUR_UTC", 2), minute=0),
    },
    # On the same queue behind the learning, so that campaigns have begun and ended.
    "nightly-scorecard": {
        "task": "scorecard.take_the_night",
        "schedule": crontab(hour=env.int("NIGHTLY_HOUR_UTC", 2), minute=30),
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}

PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
