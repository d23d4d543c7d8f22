// New events are put on top as they come. The page is whole without it; the pieces come written by the server.
const MOST = 200;
const line = document.getElementById("live");
const list = document.getElementById("events");

if (line && list && "EventSource" in window) {
  const { flux, on, off, away, stop, go, new: fresh } = line.dataset;
  const state = line.querySelector("[data-state]");
  const button = line.querySelector("button");
  const told = document.getElementById("live-told");
  let last = list.querySelector("[data-number]")?.dataset.number ?? "";
  let source = null;

  const put = (event) => {
    const number = Number(event.lastEventId);
    if (number <= Number(last)) return;
    last = event.lastEventId;
    const holder = document.createElement("template");
    holder.innerHTML = event.data.trim();
    const row = holder.content.firstElementChild;
    row.classList.add("fresh");
    list.prepend(row);
    document.getElementById("no-events")?.remove();
    while (list.children.length > MOST) list.lastElementChild.remove();
    told.textContent = `${fresh} ${row.querySelector(".event-type").textContent.trim()}`;
  };
  const say = (text, paused) => {
    state.textContent = text;
    line.classList.toggle("paused", paused);
  };
  const open = () => {
    // Where the page ends, the stream begins: what happened in between is sent first.
    const address = new URL(flux, location.href);
    if (last) address.searchParams.set("apres", last);
    source = new EventSource(address);
    source.addEventListener("event", put);
    source.addEventListener("open", () => say(on, false));
    source.addEventListener("error", () => say(away, true));
    button.textContent = stop;
    say(on, false);
  };
  const close = () => {
    source?.close();
    source = null;
    button.textContent = go;
    say(off, true);
  };
  button.addEventListener("click", () => (source ? close() : open()));
  window.addEventListener("pagehide", () => source?.close());
  line.hidden = false;
  open();
}
