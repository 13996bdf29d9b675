"""How django-unfold presents the studio. The settings read it: it imports nothing that needs them."""

from typing import Any

from django.templatetags.static import static

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Omotenashi",
    "SITE_HEADER": "Omotenashi",
    "SITE_SUBHEADER": "omotenashi.studio.navigation.workspace_name",
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("studio/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("studio/mark.svg")}
    ],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "omotenashi.studio.dashboard.dashboard",
    "STYLES": [lambda request: static("studio/studio.css")],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "omotenashi.studio.navigation.left_rail",
    },
    "COMMAND": {"search_models": True},
    "LOGIN": {"image": lambda request: static("studio/welcome.svg")},
    "COLORS": {
        # Washi: a warm white with ink to match.
        "base": {
            "50": "oklch(98.4% .004 85)",
            "100": "oklch(96.4% .006 85)",
            "200": "oklch(91.8% .009 85)",
            "300": "oklch(86.2% .012 82)",
            "400": "oklch(70.5% .015 78)",
            "500": "oklch(54.5% .015 75)",
            "600": "oklch(44.0% .014 72)",
            "700": "oklch(36.8% .013 70)",
            "800": "oklch(27.6% .011 68)",
            "900": "oklch(21.4% .009 66)",
            "950": "oklch(14.8% .008 64)",
        },
        # Ai: indigo, as cloth is dyed with.
        "primary": {
            "50": "oklch(97.2% .012 240)",
            "100": "oklch(94.2% .026 240)",
            "200": "oklch(88.6% .052 240)",
            "300": "oklch(80.4% .084 240)",
            "400": "oklch(69.6% .108 242)",
            "500": "oklch(58.0% .112 244)",
            "600": "oklch(47.6% .102 246)",
            "700": "oklch(41.2% .090 247)",
            "800": "oklch(35.2% .074 248)",
            "900": "oklch(30.0% .058 249)",
            "950": "oklch(21.8% .042 250)",
        },
    },
}
