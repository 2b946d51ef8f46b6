const ALLOWED = new Set(
  "A B BLOCKQUOTE BR CODE EM H1 H2 H3 H4 HR I LI OL P PRE S SPAN STRONG TABLE TBODY TD TH THEAD TR UL".split(
    " ",
  ),
);

/** Markdown of the language server as harmless HTML: plain text elements, links to http only, no attribute else. */
export function sanitize(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const element of [...page.body.querySelectorAll("*")]) {
    if (!ALLOWED.has(element.tagName)) {
      element.replaceWith(
        ...(/^(SCRIPT|STYLE|TEMPLATE|IFRAME|OBJECT)$/.test(element.tagName)
          ? []
          : element.childNodes),
      );
      continue;
    }
    for (const { name, value } of [...element.attributes]) {
      const link = element.tagName === "A" && name === "href" && /^https?:\/\//i.test(value);
      const colour = name === "class" && element.tagName === "SPAN";
      if (!link && !colour) element.removeAttribute(name);
    }
    if (element.tagName === "A") {
      element.setAttribute("rel", "noreferrer noopener");
      element.setAttribute("target", "_blank");
    }
  }
  return page.body.innerHTML;
}
