// The robot's page: shows what comes over the live wire, sends answers, and holds the call button.
"use strict";

const words = JSON.parse(document.getElementById("words").textContent);
const page = document.body;
const HOLD_MS = 3000;
const SILENT_MS = 25000;
const byId = (id) => document.getElementById(id);

function show(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// --- what is so now ---

function showCare(care) {
  page.dataset.care = care;
  show(byId("state"), words.state[care]);
}

function showState(state) {
  showCare(state.care);
  page.dataset.camera = state.camera;
  show(byId("camera"), words.camera[state.camera]);
  byId("camera").title = state.camera_message;
  byId("camera-switch").setAttribute("aria-checked", String(state.camera === "on" || state.camera === "lost"));
}

function lineOf(line) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  const who = document.createElement("b");
  time.dateTime = line.at;
  time.textContent = line.at.slice(11, 16); // the home's own time, wherever the browser thinks it is
  who.textContent = words[line.speaker];
  item.className = line.speaker;
  item.append(time, who, line.text);
  return item;
}

function addLine(line) {
  byId("nothing").hidden = true;
  const talk = byId("talk");
  talk.append(lineOf(line));
  while (talk.children.length > 100) talk.firstChild.remove();
  byId("log").scrollTop = talk.scrollHeight;
}

let wire;
let lastSign = Date.now();

function connect() {
  wire?.close();
  wire = new EventSource("/live");
  const on = (name, take) => wire.addEventListener(name, (event) => { lastSign = Date.now(); take(JSON.parse(event.data)); });
  on("state", showState);
  on("said", addLine);
  on("lines", (lines) => { byId("talk").replaceChildren(); lines.forEach(addLine); });
  wire.onerror = () => {
    showCare("disconnected");
    // The browser tries again by itself, except after an answer that is no stream.
    if (wire.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
}

// Comments that keep the wire alive are not shown to us, so the state is asked for when nothing came for long.
setInterval(async () => {
  if (Date.now() - lastSign < SILENT_MS) return;
  try {
    const answer = await fetch("/state", { signal: AbortSignal.timeout(5000) });
    showState(await answer.json());
    lastSign = Date.now();
  } catch {
    connect();
    showCare("disconnected");
  }
}, 5000);

// --- what is sent ---

async function send(where, what) {
  let trouble = "";
  try {
    const answer = await fetch(where, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what),
      signal: AbortSignal.timeout(10000),
    });
    if (!answer.ok) trouble = words.errors[(await answer.json()).error] ?? words.errors.failed;
  } catch {
    trouble = words.errors.failed;
  }
  show(byId("trouble"), trouble);
  return trouble === "";
}

const say = (text) => send("/answer", { text, lang: page.dataset.lang });

for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", () => say(button.dataset.say));
}

byId("typed").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = byId("text");
  const text = field.value.trim();
  if (text && await say(text)) field.value = "";
});

byId("camera-switch").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  await send("/camera", { on: button.getAttribute("aria-checked") !== "true" });
  button.disabled = false;
});

// --- the call button: held for three seconds, or confirmed by those who cannot hold ---

const call = byId("call");
let holding = null;

async function callNow() {
  release();
  byId("call-confirm").hidden = true;
  const heard = await send("/call", {});
  show(byId("call-hint"), heard ? words.call_done : words.errors.guard);
  setTimeout(() => show(byId("call-hint"), words.call_hint), 8000);
}

function hold() {
  if (holding !== null) return;
  call.classList.add("held");
  show(byId("call-hint"), words.call_holding);
  holding = setTimeout(callNow, HOLD_MS);
}

function release() {
  if (holding === null) return;
  clearTimeout(holding);
  holding = null;
  call.classList.remove("held");
  show(byId("call-hint"), words.call_hint);
}

call.addEventListener("pointerdown", (event) => { if (event.button === 0) { call.setPointerCapture(event.pointerId); hold(); } });
for (const end of ["pointerup", "pointercancel", "blur"]) call.addEventListener(end, release);
call.addEventListener("contextmenu", (event) => event.preventDefault());
call.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); hold(); } });
call.addEventListener("keyup", release);
// A click without pointer or key comes from assistive technology, which cannot hold: it confirms instead.
call.addEventListener("click", (event) => {
  if (event.detail !== 0) return;
  byId("call-confirm").hidden = false;
  byId("call-confirm").focus();
});
byId("call-confirm").addEventListener("click", callNow);

connect();
