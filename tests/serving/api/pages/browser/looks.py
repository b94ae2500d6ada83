"""How a page looks, measured in the browser, in both schemes and widths of one visit."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
VIOLATIONS = "addEventListener('securitypolicyviolation', (one) => console.error('policy', one.violatedDirective))"
# Contrast is measured by ours, of pictures too.
RULES = '{resultTypes: ["violations"], rules: {"color-contrast": {enabled: false}}}'
AXE = (
    f"async () => (await axe.run(document, {RULES}))"
    """
    .violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes[0].html}`)"""
)


@cache
def axe() -> str:
    """The text of axe-core."""
    spec = find_spec("axe_playwright_python")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def look(page):
    """What is wrong with the page that is open, whatever of it unfolded, by measures of ours and by axe-core."""
    page.evaluate(OPEN)
    page.evaluate(MEASURES)
    found = page.evaluate("measures.unsaid()")
    for name, size in (("wide", WIDE), ("phone", PHONE)):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            kinds = ("cut", "overlaps", "squeezed", "pale") if scheme == "light" else ("pale",)
            for kind in kinds:
                found += [f"{name}, {scheme}: {one}" for one in page.evaluate(f"measures.{kind}()")]
    page.evaluate(axe())
    found += page.evaluate(AXE)
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    return found
