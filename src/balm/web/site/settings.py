"""Django settings. Everything that differs between installations comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from balm.web.site.paths import data_dir, secret

HERE = Path(__file__).resolve().parent


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def _whole(name: str, otherwise: int) -> int:
    said = os.environ.get(name, "").strip()
    if said and not (said.isascii() and said.isdigit() and int(said) > 0):
        raise ImproperlyConfigured(f"{name} must be a whole number above 0, not “{said}”")
    return int(said) if said else otherwise


def _base_url() -> str:
    said = os.environ.get("BALM_URL", "").strip()
    if said and not said.startswith(("https://", "http://")):
        raise ImproperlyConfigured(f"BALM_URL must start with https:// or http://, unlike “{said}”")
    return said


def _time_zone() -> str:
    said = os.environ.get("BALM_TIME_ZONE", "").strip() or "UTC"
    try:
        ZoneInfo(said)
    except (ValueError, OSError, LookupError):
        raise ImproperlyConfigured(f"BALM_TIME_ZONE must be a name such as Asia/Shanghai, not “{said}”") from None
    return said


def _log_level() -> str:
    said = os.environ.get("BALM_LOG", "").strip().upper() or "WARNING"
    if said not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise ImproperlyConfigured("BALM_LOG must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
    return said


def _database(url: str) -> dict[str, object]:
    try:
        return dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except ValueError:  # the text of the error may hold the password
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name") from None


SECRET_KEY = secret("secret").decode()
DEBUG = False
BASE_URL = _base_url()  # https://balm.example.com, for links in mail; guessed from the request otherwise
_HOSTS = [host for said in os.environ.get("BALM_HOSTS", "").split(",") if (host := said.strip())]
ALLOWED_HOSTS = _HOSTS or ["localhost", "127.0.0.1", "[::1]"]
CSRF_FAILURE_VIEW = "balm.web.site.views.stale"
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL else []

_SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _flag("BALM_BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "balm.web.people",
    "balm.web.jobs",
    "balm.web.feedback",
    "balm.web.customers",
    "balm.web.codebook",
    "balm.web.painpoints",
    "balm.web.deliveries",
    "balm.web.asks",
    "balm.web.cases",
    "balm.web.plans",
    "balm.web.experiments",
    "balm.web.reports",
    "balm.web.api",
    "balm.web.site",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "balm.web.site.middleware.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "balm.web.site.middleware.UserLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "balm.web.site.urls"
WSGI_APPLICATION = "balm.web.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "balm.web.site.context.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "balm.web.site.templatetags.balm"],
        },
    }
]

_URL = os.environ.get("DATABASE_URL", "")
if _URL:
    DATABASES = {"default": _database(_URL)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data_dir() / "balm.sqlite3",
            "OPTIONS": {
                # a write waits for the others instead of failing half way; a commit is on the disk when it returns
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("zh-hant", _("Traditional Chinese")), ("en", _("English"))]
LOCALE_PATHS: list[Path] = []  # every app brings its own
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = _time_zone()
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

FILE_UPLOAD_HANDLERS = ["balm.web.site.files.NoFiles"]  # pages that take a file put their own in
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
BALM_UPLOAD_BYTES = _whole("BALM_UPLOAD_BYTES", 2 * 1024**3)
"""Largest file that can be imported in the browser."""

EMAIL_URL = os.environ.get("EMAIL_URL", "")
DEFAULT_FROM_EMAIL = os.environ.get("BALM_FROM", "Balm <balm@localhost>")

SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]  # https is the proxy's

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": _log_level()},
}

from balm.web.deliveries.settings import *  # noqa: E402, F403  waits between tries, the intranet
from balm.web.people.settings import *  # noqa: E402, F403  sign-in: allauth, MFA, OIDC
