// The robot's page: shows what comes over the live wire, sends what is typed, and holds the call button.
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
  document.documentElement.dataset.text = state.text;
  page.dataset.camera = state.camera;
  page.dataset.doing = state.doing;
  page.dataset.microphone = state.microphone;
  showCare(state.care);
  show(byId("camera"), words.camera[state.camera]);
  show(byId("microphone"), words.microphone[state.microphone]);
  byId("camera").title = state.camera_message;
  byId("camera-switch").setAttribute("aria-checked", String(state.camera === "on" || state.camera === "lost"));
  show(byId("doing"), state.doing === "quiet" ? words.doing.quiet[state.microphone] : words.doing[state.doing]);
  const due = state.due && words.due[state.due];
  show(byId("due"), due ? `${state.due_at} ${state.due_title}: ${due}` : "");
  showTime(state.time);
  showNow();
  showExercise(exercise);
}

// The home's own time, wherever the browser thinks it is.
function showTime(time) {
  if (!time) return;
  const at = new Date(`${time}Z`);
  const format = (how) => new Intl.DateTimeFormat(page.dataset.lang, { timeZone: "UTC", ...how }).format(at);
  byId("clock").dateTime = time;
  show(byId("clock"), format({ hour: "numeric", minute: "2-digit" }));
  show(byId("day"), format({ month: "long", day: "numeric", weekday: "long" }));
}

// --- what the robot says now ---

const STALE_MS = 120000;
const CARE_PICTURES = { raised: "help", acknowledged: "coming" };
let now = null;

// Words that were said a while ago are taken away: a reminder that stays could be followed twice.
function showNow() {
  const care = page.dataset.care;
  const fresh = now && (Date.now() - now.came < STALE_MS || care === "asking");
  const text = byId("now");
  const said = fresh ? now.text : words.welcome;
  if (text.textContent !== said) {
    text.textContent = said;
    text.lang = (fresh && now.lang) || page.dataset.lang;
    text.classList.toggle("long", said.length > 60);
    text.scrollTop = 0;
  }
  showPicture((fresh && now.picture) || CARE_PICTURES[care] || "");
  showButtons((fresh && now.buttons) || []);
}

// Answers that the robot itself offers to a question: a touch is as good as a word.
function showButtons(names) {
  const group = byId("buttons");
  const wanted = names.join("\n");
  if (group.dataset.names === wanted) return;
  group.dataset.names = wanted;
  group.replaceChildren(...names.map((name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => say(name));
    return button;
  }));
  group.hidden = names.length === 0;
}

function showPicture(name) {
  const picture = byId("picture");
  if (picture.dataset.name === name) return;
  picture.dataset.name = name;
  page.toggleAttribute("data-row", name.startsWith("row-"));
  if (name) picture.src = `/pictures/${encodeURIComponent(name)}`;
  else faceOnly(true);
}

function faceOnly(yes) {
  byId("picture").hidden = yes;
  document.querySelector(".face").toggleAttribute("hidden", !yes);
}

byId("picture").onload = () => faceOnly(false);
byId("picture").onerror = () => faceOnly(true);

function robotSaid(line, ageMs) {
  now = { ...line, came: Date.now() - ageMs };
  showNow();
}

setInterval(showNow, 5000);

// --- what is exercised ---

const still = matchMedia("(prefers-reduced-motion: reduce)");
let exercise = { state: "" };

function showExercise(given) {
  exercise = given;
  const care = page.dataset.care;
  // While somebody is cared for, nothing else is on the screen.
  const shown = given.state !== "" && care !== "asking" && care !== "raised" && care !== "acknowledged";
  byId("exercise").hidden = !shown;
  page.dataset.exercise = shown ? given.state : "";
  if (!shown) return;
  const figure = `/pictures/${encodeURIComponent(still.matches ? `${given.picture}-still` : given.picture)}`;
  if (byId("figure").getAttribute("src") !== figure) byId("figure").src = figure;
  byId("figure").alt = given.title;
  show(byId("exercise-title"), given.title);
  const timed = given.state === "timed" && given.left_s > 0;
  show(byId("count"), given.state === "showing" ? "" : String(given.count));
  const left = timed ? words.exercise.left.replace("{seconds}", given.left_s) : "";
  const of = given.of > 0 && given.state !== "showing" ? words.exercise.of.replace("{of}", given.of) : "";
  show(byId("counted"), [words.exercise.state[given.state], of, left].filter(Boolean).join(" "));
}

still.addEventListener("change", () => showExercise(exercise));

// --- what was said ---

function lineOf(line) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  const who = document.createElement("b");
  const said = document.createElement("span");
  time.dateTime = line.at;
  time.textContent = line.at.slice(11, 16);
  who.textContent = words[line.speaker];
  said.textContent = line.text;
  if (line.lang) said.lang = line.lang;
  item.className = line.speaker;
  item.append(who, time, said);
  return item;
}

function addLine(line) {
  byId("nothing").hidden = true;
  const talk = byId("talk");
  talk.append(lineOf(line));
  while (talk.children.length > 100) talk.firstChild.remove();
  byId("log").scrollTop = talk.scrollHeight;
}

function addLines(lines) {
  byId("talk").replaceChildren();
  lines.forEach(addLine);
  const last = lines.findLast((line) => line.speaker === "robot");
  const clock = byId("clock").dateTime;
  // Both are the home's own time; the clock shows whole minutes.
  if (last && clock) robotSaid(last, Math.max(0, new Date(`${clock}Z`) - new Date(`${last.at.slice(0, 19)}Z`)));
}

let wire;
let lastSign = Date.now();

function connect() {
  wire?.close();
  wire = new EventSource("/live");
  const on = (name, take) => wire.addEventListener(name, (event) => { lastSign = Date.now(); take(JSON.parse(event.data)); });
  on("state", showState);
  on("said", (line) => { addLine(line); if (line.speaker === "robot") robotSaid(line, 0); });
  on("lines", addLines);
  on("exercise", showExercise);
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
