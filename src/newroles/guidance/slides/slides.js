"use strict";
// One slide at a time, by keys or buttons. Without this script the slides stand below each other as one long page.
(() => {
  const root = document.documentElement;
  const slides = [...document.querySelectorAll(".slide")];
  let now = 0;

  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };
  const back = button("Back", () => show(now - 1));
  const next = button("Next", () => show(now + 1));
  const all = button("All slides", () => (root.classList.contains("one") ? together() : show(now)));
  const where = document.createElement("output");
  const bar = document.createElement("nav");
  bar.setAttribute("aria-label", "Slides");
  bar.append(back, where, next, all);
  document.body.prepend(bar);
  root.classList.add("scripted");

  function show(number, focus = true) {
    now = Math.max(0, Math.min(slides.length - 1, number));
    root.classList.add("one");
    slides.forEach((slide, place) => slide.classList.toggle("shown", place === now));
    where.textContent = `${now + 1} of ${slides.length}`;
    back.disabled = now === 0;
    next.disabled = now === slides.length - 1;
    all.textContent = "All slides";
    history.replaceState(null, "", `#${slides[now].id}`);
    window.scrollTo(0, 0);
    if (focus) slides[now].querySelector("h1, h2").focus();
  }

  function together() {
    root.classList.remove("one");
    where.textContent = `all ${slides.length}`;
    back.disabled = next.disabled = true;
    all.textContent = "One at a time";
    slides[now].scrollIntoView();
  }

  const keys = {
    ArrowRight: () => show(now + 1), PageDown: () => show(now + 1),
    ArrowLeft: () => show(now - 1), PageUp: () => show(now - 1),
    Home: () => show(0), End: () => show(slides.length - 1), Escape: together,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !keys[event.key]) return;
    if (!root.classList.contains("one")) return; // then arrows and pages scroll, as on any page
    event.preventDefault();
    keys[event.key]();
  });
  const asked = () => slides.findIndex((slide) => `#${slide.id}` === location.hash);
  window.addEventListener("hashchange", () => { if (asked() >= 0) show(asked()); });
  show(Math.max(0, asked()), false);
})();
