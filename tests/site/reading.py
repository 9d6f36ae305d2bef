"""What a page of the site says to a reader, a browser and a screen reader, by Python's own parser."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """faults: sentences on what is not well formed; elements: [tag, attributes, its text] in order; text: all of it.

    ids: of all elements; links: every address that is named.
    """

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.faults, self.open, self.text = [], [], [], ""
        self.feed(html)
        self.close()
        self.faults += [f"<{self.elements[k][0]}> is not closed" for k in self.open]
        self.ids = [own["id"] for _, own, _ in self.elements if "id" in own]
        names = ("href", "src", "xlink:href")
        self.links = {own[name] for _, own, _ in self.elements for name in names if own.get(name)}

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        self.faults += [f"<{tag}> has {name} twice" for name in {n for n in names if names.count(n) > 1}]
        self.elements.append([tag, dict(attributes), ""])
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.elements[self.open[-1]][0] != tag:
            self.faults.append(f"</{tag}> closes nothing, at {self.getpos()}")
        else:
            self.open.pop()

    def handle_data(self, data):
        for k in self.open:
            self.elements[k][2] += data
        if not any(self.elements[k][0] in ("script", "style") for k in self.open):
            self.text += data

    def all(self, tag="", **attributes):
        """(attributes, text) of elements of a tag that have these attributes; class_ one of its classes."""
        name = attributes.pop("class_", None)
        for found, own, text in self.elements:
            named = name is None or name in own.get("class", "").split()
            if tag in ("", found) and named and all(own.get(key) == x for key, x in attributes.items()):
                yield own, text
