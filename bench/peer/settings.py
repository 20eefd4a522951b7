"""Settings of the peer: what a careful Django project has in production, and nothing that the measured pages do not need."""

import os
from pathlib import Path

SECRET_KEY = "bench-only-0123456789abcdefghijklmnopqrstuvwxyz"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "peer.urls"
INSTALLED_APPS = ["peer"]
MIDDLEWARE = ["peer.unit.safety_headers", "django.middleware.csrf.CsrfViewMiddleware"]
CSRF_COOKIE_HTTPONLY = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = None
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {"environment": "peer.jinja.environment", "auto_reload": False},
    }
]

_POSTGRESQL = os.environ.get("PEER_POSTGRESQL")
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("PEER_HOST"),
        "USER": os.environ.get("PEER_USER"),
        "NAME": _POSTGRESQL,
        "CONN_MAX_AGE": None,
    }
    if _POSTGRESQL
    else {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PEER_SQLITE"],
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
        },
    }
}
