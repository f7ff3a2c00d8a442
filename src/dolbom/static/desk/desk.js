// Keeps the desk live: server-sent events say that something changed, a fragment of the page shows what.
"use strict";
(() => {
  const body = document.body;
  const live = document.getElementById("live");
  const plainTitle = document.title;

  // --- time that passes ---
  const two = (n) => String(n).padStart(2, "0");
  const span = (s) => {
    const [unit, n] = s >= 86400 ? ["D", s / 86400] : s >= 3600 ? ["H", s / 3600] : s >= 60 ? ["M", s / 60] : ["S", s];
    return body.dataset["ago" + unit].replace("#", Math.floor(n));
  };
  const clock = (s) => `${Math.floor(s / 60)}:${two(Math.floor(s % 60))}`;
  function tick() {
    const now = Date.now();
    for (const at of document.querySelectorAll("[data-since]")) {
      const seconds = Math.max(0, (now - Date.parse(at.dataset.since)) / 1000);
      const form = at.dataset.form;
      const said = form ? form.replace("#", span(seconds)) : seconds < 3600 ? clock(seconds) : span(seconds);
      if (at.textContent !== said) at.textContent = said;
    }
    for (const at of document.querySelectorAll("[data-deadline]")) {
      const left = (Date.parse(at.dataset.deadline) - now) / 1000;
      at.textContent = left > 0 ? at.dataset.left.replace("#", clock(left)) : at.dataset.over;
      at.classList.toggle("over", left <= 0);
    }
  }
  setInterval(tick, 1000);
  tick();

  // --- a second press for what cannot be undone ---
  document.addEventListener("submit", (event) => {
    const sure = event.target.dataset.sure;
    if (!sure || event.target.dataset.asked) return;
    event.preventDefault();
    event.target.dataset.asked = "1";
    event.target.querySelector("button").textContent = sure;
  });

  // --- sound: a soft chime while an alarm waits ---
  const sound = document.getElementById("sound");
  let audio = null;
  const muted = () => localStorage.getItem("muted") === "1";
  function showSound() {
    if (!sound) return;
    sound.setAttribute("aria-pressed", String(muted()));
    sound.textContent = muted() ? sound.dataset.off : sound.dataset.on;
  }
  function chime() {
    if (muted()) return;
    audio = audio || new AudioContext();
    if (audio.state === "suspended") audio.resume();
    [[880, 0], [660, 0.22], [880, 0.44]].forEach(([pitch, at]) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + at;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.5);
    });
  }
  if (sound) {
    showSound();
    sound.addEventListener("click", () => {
      localStorage.setItem("muted", muted() ? "0" : "1");
      showSound();
    });
    // Browsers keep a page silent until somebody touches it.
    addEventListener("pointerdown", () => audio && audio.resume(), { once: true });
    addEventListener("keydown", () => audio && audio.resume(), { once: true });
  }

  const waiting = () => Number(document.getElementById("board")?.dataset.open || 0);
  let shown = false;
  setInterval(() => {
    shown = waiting() > 0 && !shown;
    document.title = shown ? `● (${waiting()}) ${plainTitle}` : plainTitle;
  }, 1000);
  setInterval(() => waiting() > 0 && chime(), 10000);

  if (!live) return;

  // --- live ---
  const lost = document.getElementById("lost");
  const announce = document.getElementById("announce");
  let planned = null;
  let unheard = new Set();

  function refresh() {
    planned = null;
    htmx.ajax("GET", live.dataset.source, { target: live.dataset.live, swap: "outerHTML" }).then(() => {
      tick();
      const said = [];
      for (const id of unheard) {
        const title = document.getElementById("title-" + id);
        if (title) said.push(title.textContent + ", " + title.parentElement.querySelector(".place").textContent);
      }
      unheard = new Set();
      if (said.length) announce.textContent = said.join(". ");
    });
  }
  function plan(soon) {
    if (planned === null) planned = setTimeout(refresh, soon);
  }

  let source = null;
  let last = live.dataset.last;
  let retry = null;
  function listen() {
    source = new EventSource("/api/changes?last=" + last);
    source.addEventListener("open", () => {
      if (!lost.hidden) plan(0);
      lost.hidden = true;
    });
    source.addEventListener("change", (event) => {
      last = event.lastEventId || last;
      const change = JSON.parse(event.data);
      if (live.dataset.only && change.alarm !== live.dataset.only && change.kind !== "home") {
        if (change.change === "raised") chime();
        return;
      }
      if (change.change === "raised") {
        unheard.add(change.alarm);
        chime();
      }
      // News of an alarm at once; signs of life need not redraw the page many times a second.
      plan(change.change === "home" ? 1000 : 50);
    });
    source.addEventListener("error", () => {
      lost.hidden = false;
      if (source.readyState === EventSource.CLOSED && retry === null) {
        retry = setTimeout(() => { retry = null; listen(); }, 2000);
      }
    });
  }
  addEventListener("beforeunload", () => source && source.close());
  listen();
})();
