#!/usr/bin/python3
"""What the docs say of the code is so, as far as a program can tell: README.md shows the examples as they are,
docs/configuration.md lists the settings that the server has, and links lead somewhere."""

import re
import sys

import sources

EXAMPLES = {"cpp": "examples/cpp/login.cc", "python": "examples/python/login.py"}
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


def excerpt(text):
    """What stands between the marks."""
    found = re.search(r"(?m)^(?://|#) README begins\n(.*?)^(?://|#) README ends$", text, re.DOTALL)
    return found.group(1) if found else None


SETTING = re.compile(r'\{"([a-z_.]+)",\s*"([^"]*)",\s*"', re.MULTILINE)
ROW = re.compile(r"^\| `([a-z_.]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)


def settings_complaints(page, source):
    """Settings of server/settings.cc that the page lacks, has beside them or gives another default."""
    section = page.split("\n## Settings\n", 1)[-1].split("\n## ", 1)[0]
    known = dict(SETTING.findall(source))
    shown = {name: default or "" for name, default in ROW.findall(section)}
    for name in sorted(known.keys() ^ shown.keys()):
        yield f"docs/configuration.md: '{name}' is {'missing' if name in known else 'no setting'}"
    for name in sorted(known.keys() & shown.keys()):
        if known[name] != shown[name]:
            yield f"docs/configuration.md: the default of '{name}' is '{known[name]}', not '{shown[name]}'"


def snippets(readme, language):
    return re.findall(rf"(?m)^```{language}\n(.*?)^```$", readme, re.DOTALL)


def snippet_complaints(readme, examples):
    """`examples`: language to (path, text)."""
    for language, (path, text) in examples.items():
        shown = excerpt(text)
        if shown is None:
            yield f"{path}: no 'README begins' and 'README ends'"
        elif shown not in snippets(readme, language):
            yield f"README.md: no ```{language} block equals what {path} has between its marks"


def link_complaints(path, text, exists):
    for target in LINK.findall(text):
        if not exists((path.parent / target) if not target.startswith("/") else target):
            yield f"{path}: links to {target}, which is not there"


def main():
    readme = (sources.ROOT / "README.md").read_text(encoding="utf-8")
    examples = {language: (path, (sources.ROOT / path).read_text(encoding="utf-8"))
                for language, path in EXAMPLES.items()}
    complaints = list(snippet_complaints(readme, examples))
    complaints += settings_complaints((sources.ROOT / "docs" / "configuration.md").read_text(encoding="utf-8"),
                                      (sources.ROOT / "server" / "settings.cc").read_text(encoding="utf-8"))
    pages = list(sources.walk(sources.ROOT, (".md",)))
    for page in pages:
        text = (sources.ROOT / page).read_text(encoding="utf-8")
        complaints += link_complaints(page, text, lambda target: (sources.ROOT / target).exists())
    print("\n".join(complaints) or f"{len(pages)} pages agree with the code, and link to what is there")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
