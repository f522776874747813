// Turns one element into another in place: focus, scroll, open details and running animations stay.

/**
 * @param {Element} old stays in the page
 * @param {Element} wanted what it shall look like; its nodes may be moved out
 */
export function morph(old, wanted) {
  for (const { name } of [...old.attributes])
    if (!wanted.hasAttribute(name) && !mine(old, name)) old.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  children(old, wanted);
}

/** What the reader or another script has set on this page. */
function mine(element, attribute) {
  return attribute === "open" && element.localName === "details";
}

function children(old, wanted) {
  const byId = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let next = old.firstChild;
  for (const child of [...wanted.childNodes]) {
    const match = child.id ? byId.get(child.id) : alike(next, child) ? next : null;
    if (!match) {
      old.insertBefore(child, next);
      continue;
    }
    if (match !== next) old.insertBefore(match, next);
    next = match.nextSibling;
    if (match.nodeType === Node.ELEMENT_NODE) morph(match, child);
    else if (match.data !== child.data) match.data = child.data;
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

function alike(old, wanted) {
  return old && old.nodeName === wanted.nodeName && !old.id && !wanted.id;
}
