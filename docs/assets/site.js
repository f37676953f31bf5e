// Formulas, and drawings with links that work, the map first of all: all from this host.
document.addEventListener("DOMContentLoaded", () => draw(document));

function draw(part) {
  for (const formula of part.querySelectorAll(".arithmatex")) {
    renderMathInElement(formula, {
      delimiters: [
        { left: "\\(", right: "\\)", display: false },
        { left: "\\[", right: "\\]", display: true },
      ],
      throwOnError: false,
    });
  }
  for (const picture of part.querySelectorAll('img[src$="assets/map.svg"], img[src$=".linked.svg"]')) showMap(picture);
}

// Puts the drawing itself in the place of its picture; without this, a click on the picture leads on.
async function showMap(picture) {
  const source = picture.src;
  const answer = await fetch(source);
  if (!answer.ok) return;
  const box = document.createElement("div");
  box.className = "map-box-scroll";
  box.tabIndex = 0;
  box.innerHTML = await answer.text();
  for (const link of box.querySelectorAll("a")) {
    link.setAttribute("href", new URL(link.getAttribute("href"), source).href);
    const edges = box.querySelectorAll(
      `[data-from="${link.dataset.phase}"], [data-to="${link.dataset.phase}"]`
    );
    const mark = (on) => edges.forEach((edge) => edge.classList.toggle("map-hot", on));
    link.addEventListener("pointerenter", () => mark(true));
    link.addEventListener("pointerleave", () => mark(false));
    link.addEventListener("focus", () => mark(true));
    link.addEventListener("blur", () => mark(false));
  }
  (picture.closest("a") ?? picture).replaceWith(box);
}
