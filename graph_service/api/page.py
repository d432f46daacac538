"""The page at /docs: every address of the service, from its OpenAPI document.  It loads nothing, from here or from anywhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from graph_service.messages import Lang, say

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733; background:
#fff; } h1, h2 { line-height: 1.2; }
h2 { border-top: 1px solid #ccd3da; padding-top: 1.5rem; font-size: 1.1rem; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .875rem; }
pre { background: #f3f5f7; padding: 1rem; overflow: auto; max-height: 24rem; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top; border-bottom: 1px solid #e4e8ec; }
"""


def docs_page(document: dict[str, Any], lang: Lang) -> str:
    """The page as HTML."""
    parts = []
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            parts.append(f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2><p>{escape(one.get('summary', ''))}. ")
            parts.append(f"{escape(one.get('description', ''))}</p>")
            rows = "".join(
                f"<tr><td><code>{escape(it['name'])}</code></td><td>{escape(it['in'])}</td>"
                f"<td>{escape(it.get('description', ''))}</td></tr>"
                for it in one.get("parameters", [])
            )
            if rows:
                said = [say(f"docs_{name}", lang) for name in ("name", "place", "meaning")]
                heads = "".join(f"<th scope=col>{escape(one)}</th>" for one in said)
                parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")
            example = _example(one)
            if example is not None:
                text = json.dumps(example, ensure_ascii=False, indent=2)
                parts.append(f"<h3>{escape(say('docs_example', lang))}</h3><pre tabindex=0>{escape(text)}</pre>")
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="docs.css"></head>'
        f"<body><main><h1>{title}</h1><p>{escape(say('docs_intro', lang))} "
        f'<a href="openapi.json">openapi.json</a></p>{"".join(parts)}</main></body></html>'
    )


def _example(operation: dict[str, Any]) -> Any:
    for status in ("200", "201"):
        content = operation.get("responses", {}).get(status, {}).get("content", {})
        if "example" in content.get("application/json", {}):
            return content["application/json"]["example"]
    return None
