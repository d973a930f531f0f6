/* The chooser: filters and orders the list of recommendations in place. The page alone holds what is chosen, and its address:
   after the #, which browsers never send. No library, no network, no storage. */
(function () {
"use strict";

function chooser() {
  const root = document.querySelector(".nr-chooser");
  if (!root) return;

  const MARK = "#choices";
  const SCORES = ["Not yet", "Partly", "In place"];
  const DECISIONS = [["", "Not decided"], ["do", "We will do this"], ["not", "Not for us"]];
  const LONGEST_REASON = 300; // an address can't hold everything
  const FIRST = 3; // so many are worth looking at first

  const part = (name) => root.querySelector(`[data-nr="${name}"]`);
  const [form, bar, keep, none, count, progress] = ["form", "bar", "keep", "none", "count", "progress"].map(part);
  const sections = [...root.querySelectorAll(".nr-moment")];
  const cards = [...root.querySelectorAll(".nr-choice")].map((element, place) => ({
    element,
    place, // where it stands in the list as it came
    id: element.dataset.id,
    roles: element.dataset.roles.split(" "),
    settings: element.dataset.settings.split(" "),
    needs: element.dataset.needs.split(" ").filter(Boolean),
    when: element.closest(".nr-moment").dataset.when,
    list: element.parentElement,
    say: (name) => element.querySelector(`[data-part="${name}"]`),
  }));
  const byId = new Map(cards.map((card) => [card.id, card]));

  /* Small builders: text is always set as text, never read as HTML. */

  function make(tag, attributes = {}, ...inside) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  }

  function radios(name, options) {
    const labels = options.map(([value, text]) =>
      make("label", { class: "nr-option" }, make("input", { type: "radio", name, value }), make("span", {}, text)));
    return make("div", { class: "nr-options" }, ...labels);
  }

  /* What the list gains: an answer to each item, a decision, and room for a reason. */

  function addQuestions(card) {
    const items = [...card.element.querySelectorAll(".nr-ready > li")];
    card.answers = items.map((item, i) => {
      const legend = make("legend", {}, ...item.childNodes);
      const field = make("fieldset", { class: "nr-score" }, legend, radios(`score-${card.id}-${i}`, SCORES.map((text, n) => [String(n), text])));
      item.append(field);
      return field;
    });
    const choice = radios(`decision-${card.id}`, DECISIONS);
    choice.querySelector("input").checked = true;
    card.reason = make("textarea", { id: `why-${card.id}`, rows: "2", maxlength: String(LONGEST_REASON) });
    card.reasonField = make("div", { class: "nr-reason", hidden: "" },
      make("label", { for: `why-${card.id}` }, "Why not? It prints with the checklist."), card.reason);
    card.onPaper = make("p", { class: "nr-reason-paper" }); // a text area would print cut off
    card.decision = make("fieldset", { class: "nr-decision" }, make("legend", {}, "What do you make of it?"), choice, card.reasonField, card.onPaper);
    card.element.querySelector(".nr-ready").after(card.decision);
  }

  const picked = (field) => {
    const input = field.querySelector("input:checked");
    return input ? input.value : "";
  };

  /* What is chosen now. The page itself is the only memory. */

  const situation = () => ({ role: form.elements.role.value, setting: form.elements.setting.value, when: picked(form) });
  const scores = (card) => card.answers.map(picked);
  const decided = (card) => picked(card.decision);

  function readiness(card) {
    const given = scores(card).filter((score) => score !== "").map(Number);
    const points = given.reduce((sum, score) => sum + score, 0);
    return { given: given.length, all: card.answers.length, points, most: 2 * card.answers.length, share: given.length ? points / (2 * given.length) : null };
  }

  const inPlace = (card) => readiness(card).points === readiness(card).most;
  const waitsFor = (card) => card.needs.map((id) => byId.get(id)).filter((need) => need && fits(need, true) && !inPlace(need));

  function fits(card, anyMoment = false) {
    const { role, setting, when } = situation();
    const forRole = card.roles.includes("all") || !role || card.roles.includes(role);
    const forSetting = card.settings.includes("all") || !setting || card.settings.includes(setting);
    return forRole && forSetting && (anyMoment || !when || card.when === when);
  }

  /* Order within a moment: what can be done now before what waits for something else; what is lacking before what isn't scored, and
     that before what is in place; "not for us" last. What waits comes after what it waits for. */

  function rank(card) {
    const { share } = readiness(card);
    const state = share === null ? 2 : share === 1 && inPlace(card) ? 3 : 1;
    return [decided(card) === "not" ? 1 : 0, waitsFor(card).length ? 1 : 0, state, share === null ? 0 : share, card.place];
  }

  function before(a, b) {
    const [first, second] = [rank(a), rank(b)];
    const at = first.findIndex((value, i) => value !== second[i]);
    return at < 0 ? 0 : first[at] - second[at];
  }

  function inOrder(some) {
    const left = [...some].sort(before);
    const done = [];
    while (left.length) {
      const free = left.findIndex((card) => !waitsFor(card).some((need) => left.includes(need)));
      done.push(...left.splice(Math.max(free, 0), 1));
    }
    return done;
  }

  function order() {
    for (const section of sections) {
      const own = cards.filter((card) => card.when === section.dataset.when);
      section.querySelector("ol").append(...inOrder(own).map((card) => card.element));
    }
    const first = shown().filter((card) => readiness(card).given && !inPlace(card) && !waitsFor(card).length && decided(card) !== "not"
      && card.element.dataset.strength !== "unclear");
    for (const card of cards) card.say("first").hidden = !first.slice(0, FIRST).includes(card);
  }

  const shown = () => [...root.querySelectorAll(".nr-choice")].map((element) => byId.get(element.dataset.id)).filter((card) => fits(card));

  /* What the page says about the choices. */

  const optionText = (select) => select.options[select.selectedIndex].text;
  const lower = (text) => (/^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1)); // NHS stays
  const momentText = () => {
    const input = form.querySelector("input[name=when]:checked");
    return input ? input.nextElementSibling.textContent : "";
  };

  function because(card) {
    const { role, setting } = situation();
    const { given, all, points, most } = readiness(card);
    const forRole = card.roles.includes("all") ? "it is for every role" : role ? `it names the role (${optionText(form.elements.role)})` : "it names a role";
    const forSetting = card.settings.includes("all") ? "for every setting" : setting ? `for the setting (${optionText(form.elements.setting)})` : "for some settings";
    const moment = `for this moment (${lower(document.getElementById(`moment-${card.when}`).textContent)})`;
    const ready = !given ? "what is in place isn't scored yet" : `readiness is ${points} of ${most}${given < all ? ` (${given} of ${all} items scored)` : ""}`;
    return `On the list because ${forRole}, ${forSetting} and ${moment}; ${ready}.`;
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text; // unchanged text isn't read out again
  }

  function describe() {
    const { role, setting } = situation();
    const list = shown();
    const asked = list.reduce((sum, card) => sum + card.answers.length, 0);
    const given = list.reduce((sum, card) => sum + readiness(card).given, 0);
    const number = (what) => list.filter((card) => decided(card) === what).length;
    const chosen = [role ? optionText(form.elements.role) : "any role", lower(setting ? optionText(form.elements.setting) : "any setting"), lower(momentText())];
    say(count, `${list.length} of ${cards.length} apply: ${chosen.join("; ")}.`);
    say(progress, `${given} of ${asked} items scored. To do: ${number("do")}. Not for us: ${number("not")}.`);
    none.hidden = list.length > 0;
    for (const card of cards) {
      card.element.hidden = !list.includes(card);
      card.reasonField.hidden = decided(card) !== "not";
      card.element.dataset.decision = decided(card);
      say(card.onPaper, decided(card) === "not" && card.reason.value ? `Why: ${card.reason.value}` : "");
      say(card.say("because"), because(card));
      for (const mark of card.element.querySelectorAll(".nr-need")) {
        const need = byId.get(mark.dataset.need);
        mark.dataset.state = inPlace(need) ? " (in place)" : " (not in place yet)";
        say(mark.querySelector(".nr-need-state"), mark.dataset.state);
      }
    }
    for (const section of sections) section.hidden = !list.some((card) => card.when === section.dataset.when);
  }

  /* The address: role, setting and moment; per recommendation one character an item, a decision and a reason. */

  function written() {
    const choices = new URLSearchParams();
    for (const [name, value] of Object.entries(situation())) if (value) choices.set(name, value);
    for (const card of cards) {
      const answers = scores(card).map((score) => score || "-").join("");
      const decision = decided(card);
      if (/\d/.test(answers) || decision) choices.set(`is.${card.id}`, decision ? `${answers}.${decision}` : answers);
      if (decision === "not" && card.reason.value) choices.set(`why.${card.id}`, card.reason.value);
    }
    const text = choices.toString();
    return text ? `${MARK}&${text}` : "";
  }

  function pick(field, value) {
    for (const input of field.querySelectorAll("input[type=radio]")) input.checked = input.value === value;
  }

  function restore(hash) {
    const choices = new URLSearchParams(hash.startsWith(MARK) ? hash.slice(MARK.length) : "");
    for (const name of ["role", "setting"]) {
      const wanted = choices.get(name) || "";
      const known = [...form.elements[name].options].some((option) => option.value === wanted);
      form.elements[name].value = known ? wanted : ""; // an address can be mistyped, or from another edition
    }
    const moment = choices.get("when") || "";
    pick(form, [...form.elements.when].some((input) => input.value === moment) ? moment : "");
    for (const card of cards) {
      const [answers, decision = ""] = (choices.get(`is.${card.id}`) || "").split(".");
      card.answers.forEach((field, i) => pick(field, answers[i] || "none"));
      pick(card.decision, DECISIONS.some(([value]) => value === decision) ? decision : "");
      card.reason.value = (choices.get(`why.${card.id}`) || "").slice(0, LONGEST_REASON);
    }
    order();
    describe();
  }

  let waiting = 0;
  function remember() {
    clearTimeout(waiting);
    waiting = 0;
    const next = written();
    if (next === location.hash || (!next && !location.hash.startsWith(MARK))) return;
    history.replaceState(null, "", next || location.href.split("#")[0]);
  }

  function changed(event) {
    const typing = event.target.matches("textarea");
    if (!typing && form.contains(event.target)) order();
    describe();
    clearTimeout(waiting);
    waiting = setTimeout(remember, typing ? 300 : 0);
  }

  /* Taking it along. */

  function spreadsheet(cell) {
    const text = String(cell);
    const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text; // else a spreadsheet would run it
    return /[",\n\r]/.test(harmless) ? `"${harmless.replace(/"/g, '""')}"` : harmless;
  }

  const text = (card, name) => card.say(name).textContent.trim();
  const today = () => {
    const now = new Date();
    return [now.getFullYear(), String(now.getMonth() + 1).padStart(2, "0"), String(now.getDate()).padStart(2, "0")].join("-");
  };

  function csv() {
    const head = ["place", "moment", "recommendation", "action", "who_acts", "strength", "confidence", "flags", "why_listed", "readiness",
      "out_of", "items", "comes_after", "decision", "reason", "role", "setting", "listed_on"];
    const rows = shown().map((card, i) => {
      const { given, points, most } = readiness(card);
      const items = card.answers.map((field) => {
        const score = picked(field);
        return `${field.querySelector("legend").textContent.trim()} [${score === "" ? "not scored" : SCORES[score].toLowerCase()}]`;
      });
      const decision = decided(card);
      const flags = [...card.element.querySelectorAll(".nr-flags > span")].map((flag) => flag.textContent.trim());
      return [i + 1, document.getElementById(`moment-${card.when}`).textContent, card.id, text(card, "action"), text(card, "who"),
        text(card, "strength"), text(card, "confidence"), flags.join("; "), text(card, "because"), given ? points : "", most, items.join(" "),
        card.needs.join(" "), DECISIONS.find(([value]) => value === decision)[1], decision === "not" ? card.reason.value : "",
        optionText(form.elements.role), optionText(form.elements.setting), today()];
    });
    return [head, ...rows].map((row) => row.map(spreadsheet).join(",")).join("\r\n") + "\r\n";
  }

  function download() {
    order();
    // the byte order mark tells Excel that the text is UTF-8
    const address = URL.createObjectURL(new Blob(["\uFEFF", csv()], { type: "text/csv;charset=utf-8" }));
    const link = make("a", { href: address, download: `checklist-${situation().role || "any-role"}-${today()}.csv`.replace(/_/g, "-"), hidden: "" });
    root.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  function alone(yes) { // on paper the rest of the page is left out
    for (let element = root; element !== document.body; element = element.parentElement)
      for (const other of element.parentElement.children) if (other !== element) other.toggleAttribute("data-nr-not-printed", yes);
  }

  function print() {
    order();
    alone(true);
    window.print();
  }

  function startAgain() {
    remember();
    const something = written();
    if (something) history.pushState({ cleared: true }, "", location.href.split("#")[0]);
    restore("");
    if (something) say(count, `Everything is cleared; the browser's Back button brings it back. ${count.textContent}`);
    form.elements.role.focus();
  }

  function goTo(element) {
    if (element.matches(".nr-choice")) element.setAttribute("tabindex", "-1");
    element.scrollIntoView({ block: "start" });
    element.focus({ preventScroll: true });
  }

  for (const card of cards) addQuestions(card);
  for (const mark of root.querySelectorAll(".nr-need")) mark.append(make("span", { class: "nr-need-state" }));
  for (const element of [form, bar, keep, ...cards.map((card) => card.say("because"))]) element.hidden = false;
  root.classList.add("nr-on");
  restore(location.hash);

  form.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("change", changed);
  root.addEventListener("input", (event) => { if (event.target.matches("textarea")) changed(event); });
  part("order").addEventListener("click", () => {
    order();
    describe();
    remember();
    goTo(bar);
  });
  part("print").addEventListener("click", print);
  part("csv").addEventListener("click", download);
  part("again").addEventListener("click", startAgain);
  root.addEventListener("click", (event) => { // links within the list leave the choices in the address
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target || !root.contains(target)) return;
    event.preventDefault();
    const card = byId.get(target.dataset.id);
    if (card && card.element.hidden) { // it belongs to another moment: show all of them
      pick(form, "");
      describe();
      remember();
    }
    goTo(target);
  });
  window.addEventListener("pagehide", remember);
  window.addEventListener("hashchange", () => {
    if (location.hash.startsWith(MARK)) restore(location.hash);
    else if (history.state && history.state.cleared) restore(""); // forward again to where everything was cleared
    else if (written()) history.replaceState(null, "", written()); // a link to elsewhere on the page: the choices stay
  });
  window.addEventListener("beforeprint", () => { if (written()) { order(); alone(true); } });
  window.addEventListener("afterprint", () => alone(false));
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", chooser); // wherever the page loads it
else chooser();
})();
