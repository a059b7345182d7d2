"""The page at which a person signs in: one form, without script, and nothing from elsewhere."""

import base64
import hashlib
import html
from collections.abc import Mapping
from typing import Final

from litestar import Response

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c1f23; --dim: #5a626c; --paper: #f6f7f8; --card: #fff; --line: #8a939d;
  --blue: #1a5fb4; --on-blue: #fff; --red: #a51d2d; --tint: #fbe9ea }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --dim: #a7b0ba; --paper: #17191c; --card: #212429;
  --line: #7c8690; --blue: #8ab8f5; --on-blue: #10233b; --red: #ff9ba4; --tint: #3a2023 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: min(26rem, 100%); padding: 2rem; background: var(--card); border-radius: .75rem;
  box-shadow: 0 1px 3px rgb(0 0 0 / .2) }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; line-height: 1.25 }
p { margin: 0 0 1.25rem; color: var(--dim) }
.alert { padding: .75rem; border-radius: .4rem; background: var(--tint); color: var(--red) }
label { display: block; margin-bottom: .35rem; font-weight: 600 }
input { width: 100%; padding: .65rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent;
  color: inherit; font: 1rem ui-monospace, monospace }
button { width: 100%; margin-top: 1rem; padding: .7rem; border: 0; border-radius: .4rem; background: var(--blue);
  color: var(--on-blue); font: inherit; font-weight: 600; cursor: pointer }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px }
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · ocrcore</title><style>{style}</style></head>
<body><main><h1>{title}</h1>
{body}
</main></body>
</html>
"""
#: The address of the form is that of the page, with what follows the sign-in in its query.
_FORM: Final = """{alert}<p>Paste an API key. It opens a session of 12 hours, and the browser does not keep it.</p>
<form method="post">
<label for="key">API key</label>
<input id="key" name="key" type="password" autocomplete="current-password" spellcheck="false" required autofocus>
<button>Sign in</button>
</form>"""
_INSECURE: Final = """<p class="alert" role="alert">This page was opened over plain HTTP, where others on
the network could read your session, so you cannot sign in here.</p>
<p>Open the page over HTTPS. If there is none, the operator of this service sets up a proxy with TLS before it, and
names its address in OCR_PUBLIC_URL, or the proxy in OCR_TRUSTED_PROXIES.</p>"""

_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # With no-referrer, the default, browsers would say "Origin: null" when they send the form.
    "referrer-policy": "same-origin",
}


def login_page(alert: str = "", *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[str]:
    """Return the page with its form, and above it what was wrong with the last one."""
    said = f'<p class="alert" role="alert">{html.escape(alert)}</p>\n' if alert else ""
    return _page("Sign in", _FORM.format(alert=said), status, headers)


def insecure_page(status: int) -> Response[str]:
    """Return the page that tells why there is no form."""
    return _page("Sign in", _INSECURE, status, None)


def _page(title: str, body: str, status: int, headers: Mapping[str, str] | None) -> Response[str]:
    text = _PAGE.format(title=title, style=_STYLE, body=body)
    return Response(text, status_code=status, media_type="text/html", headers={**_HEADERS, **(headers or {})})
