// Records a message with the microphone of this device and puts it into the form as a WAV file. Where a browser has no
// microphone for this page (without TLS), the field for a file is all there is.
"use strict";
(() => {
  const form = document.getElementById("message-form");
  if (!form || !navigator.mediaDevices || !window.AudioContext) return;
  const button = document.getElementById("record");
  const told = document.getElementById("recorded");
  const field = document.getElementById("message");
  const words = form.dataset;
  const LONGEST_S = 60;
  let running = null;
  button.hidden = false;

  const tell = (text) => { told.textContent = text; };

  function wav(pieces, rate) {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const view = new DataView(new ArrayBuffer(44 + 2 * length));
    const put = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    put(0, "RIFF"); view.setUint32(4, 36 + 2 * length, true); put(8, "WAVEfmt "); view.setUint32(16, 16, true);
    view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true);
    view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
    put(36, "data"); view.setUint32(40, 2 * length, true);
    let at = 44;
    for (const piece of pieces) {
      for (const value of piece) {
        view.setInt16(at, Math.max(-1, Math.min(1, value)) * 32767, true);
        at += 2;
      }
    }
    return new File([view], "message.wav", { type: "audio/wav" });
  }

  async function begin() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const context = new AudioContext();
    await context.audioWorklet.addModule("/static/care/recorder-worklet.js");
    const source = context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(context, "recorder");
    const pieces = [];
    node.port.onmessage = (event) => pieces.push(event.data);
    source.connect(node);
    running = {
      timer: setTimeout(end, LONGEST_S * 1000),
      stop() {
        stream.getTracks().forEach((track) => track.stop());
        context.close();
        return wav(pieces, context.sampleRate);
      },
    };
    button.textContent = words.stop;
    tell(words.recording);
  }

  function end() {
    if (!running) return;
    clearTimeout(running.timer);
    const files = new DataTransfer();
    files.items.add(running.stop());
    running = null;
    field.files = files.files;
    button.textContent = words.again;
    tell(words.ready);
  }

  button.addEventListener("click", () => {
    if (running) end();
    else begin().catch(() => tell(words.refused));
  });
})();
