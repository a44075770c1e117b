"""The style sheet: two themes of the same names, a third for paper, and no colour anywhere else.

Text stands out from its background by 7:1 at least, whatever else carries a meaning by 3:1 (WCAG 2.2, 1.4.6
and 1.4.11); tests compute it from what stands here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from cartesia_call.report.kinds import Kind

LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "panel": "#f2f4f6",
    "ink": "#171b20",
    "soft": "#424b56",
    "rule": "#828b96",
    "link": "#0b4a8f",
    "reached": "#1b7a48",
    "nobody": "#b4530f",
    "withheld": "#5a6572",
    "failed": "#b01e37",
    "unknown": "#6548ad",
}
DARK: Mapping[str, str] = {
    "paper": "#14171a",
    "panel": "#1f242a",
    "ink": "#e9ecef",
    "soft": "#bac2cb",
    "rule": "#737d89",
    "link": "#9ccbff",
    "reached": "#4fc48c",
    "nobody": "#f2a560",
    "withheld": "#9ba7b3",
    "failed": "#ff8391",
    "unknown": "#b7a3f7",
}

_RULES = """
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);
font:100%/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:1rem;max-width:64rem}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 .75rem;padding-bottom:.25rem;
border-bottom:2px solid var(--rule)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0;max-width:44rem}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.soft,caption,footer{color:var(--soft)}
.rehearsal{border:2px solid var(--ink);padding:.4rem .8rem;font-weight:700;display:inline-block}
nav ul,.legend{list-style:none;padding:0;margin:.75rem 0;display:flex;flex-wrap:wrap;gap:.4rem 1.25rem}
nav a{display:inline-block;padding:.2rem 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));
gap:.6rem;margin:1rem 0;padding:0}
.figures div{background:var(--panel);padding:.6rem .8rem;border-left:4px solid var(--rule)}
.figures dt{color:var(--soft);font-size:.875rem}
.figures dd{margin:0;font-size:1.35rem;font-weight:650;line-height:1.3;font-variant-numeric:tabular-nums}
.figures .more{display:block;font-size:.875rem;font-weight:400;color:var(--soft)}
.facts{display:grid;grid-template-columns:auto 1fr;gap:.1rem 1rem;margin:.75rem 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
.beside{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(23rem,100%),1fr));
gap:1rem 2rem;align-items:start}
figure{margin:0;max-width:30rem}
svg{display:block;width:100%;height:auto}
.beside>*{min-width:0}
.defs{position:absolute;width:0;height:0}
svg text{fill:var(--ink);font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
svg .tick{fill:var(--soft);font-size:11px}
.axis{stroke:var(--rule);stroke-width:1;fill:none}
.guide{stroke:var(--rule);stroke-width:.5;stroke-dasharray:2 3}
.track{fill:var(--panel);stroke:var(--rule)}
.bar{stroke-width:1}
.plain{fill:var(--soft);stroke:var(--soft)}
.hatch{stroke:var(--paper);stroke-width:2;fill:none}
.dot{fill:var(--paper)}
.swatch{display:inline-block;width:1.6rem;height:1rem;vertical-align:-.15rem;margin-right:.4rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.25rem 0 .5rem;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--rule)}
th{font-weight:600}
thead th{color:var(--soft);font-size:.875rem}
.figure{text-align:right}
td.figure{white-space:nowrap}
table+table{margin-top:1rem}
thead th.figure:last-child,td.figure:last-child{padding-right:0}
td,th{overflow-wrap:break-word}
td .more,caption{overflow-wrap:anywhere}
td .more,th .more{display:block;font-weight:400;font-size:.9rem;color:var(--soft)}
details{border-bottom:1px solid var(--rule);padding:.4rem 0}
summary{cursor:pointer;padding:.25rem 0;overflow-wrap:anywhere}
details .beside{padding:.25rem 0 .75rem}
footer{margin-top:3rem;font-size:.9rem}
.nowrap{white-space:nowrap}
.wide{overflow-x:auto}
@media (max-width:30rem){
th,td{padding-right:.4rem;font-size:.875rem}
thead th{font-size:.8rem;font-weight:500}
.wide th,.wide td{font-size:.78rem;padding-right:.2rem}
td .nowrap{white-space:normal}
td strong{overflow-wrap:anywhere}
}
"""

_PAPER = """
@page{margin:14mm}
html{font-size:9pt;line-height:1.35}
th,td{padding-top:.15rem;padding-bottom:.15rem}
body{max-width:none;padding:0}
nav{display:none}
h2,h3,summary{break-after:avoid}
tr,figure,.figures,.beside,details{break-inside:avoid}
thead{display:table-header-group}
details::details-content{content-visibility:visible;display:block}
svg,.figures div{print-color-adjust:exact;-webkit-print-color-adjust:exact}
"""


def style_sheet() -> str:
    """The whole of it; printed, both themes are the light one."""
    kinds = "".join(
        f".of-{kind.value.style}{{fill:{_fill(kind)};stroke:var(--{kind.value.style})}}"
        f".on-{kind.value.style}{{fill:var(--{kind.value.style})}}\n"
        for kind in Kind
    )
    return (
        f":root{{color-scheme:light dark;{_names(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{_names(DARK)}}}}}\n"
        f"{_RULES.strip()}\n{kinds}"
        f"@media print{{:root{{color-scheme:light;{_names(LIGHT)}}}\n{_PAPER.strip()}\n}}\n"
    )


def _names(theme: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in theme.items())


def _fill(kind: Kind) -> str:
    style = kind.value.style
    return f"var(--{style})" if kind is Kind.REACHED else f"url(#fill-{style})"


def policy_for(style: str) -> str:
    """The content security policy of a page with this style sheet: nothing runs, nothing is fetched."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
