// Small comforts on every page. Each page works without them.
import htmx from "htmx.org/dist/htmx.esm.js";

window.htmx = htmx;

// Forms sent by htmx carry the page's proof; a proof in the form itself wins.
document.addEventListener("htmx:configRequest", (event) => {
  const proof = document.querySelector('input[name="csrf"]');
  if (proof && event.detail.verb !== "get") event.detail.headers["X-CSRF-Token"] = proof.value;
});

// A refused form is shown again, with its errors.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([409, 412, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

function focusErrors(root) {
  const summary = root.querySelector("[data-focus]");
  if (summary) summary.focus();
}
document.addEventListener("DOMContentLoaded", () => focusErrors(document));
document.addEventListener("htmx:afterSwap", (event) => focusErrors(event.target));

// The account menu closes with Escape and with a click elsewhere.
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details.me[open]");
  if (menu && event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  const menu = document.querySelector("details.me[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

// A form is sent once: the button rests while the answer is under way.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// Selects that filter apply at once; without JavaScript a button does it.
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-apply]") && event.target.form) event.target.form.requestSubmit();
});
document.documentElement.classList.add("js");

// The bell is told live. Browsers open few connections to one host, so one visible tab listens for all of them
// and lets go when it is hidden. Without a stream the bell asks by itself now and then.
if (document.getElementById("bell") && "EventSource" in window) {
  const tabs = new BroadcastChannel("bell");
  const tell = (title) => {
    htmx.trigger(document.body, "notified");
    document.getElementById("told").textContent = title;
  };
  tabs.addEventListener("message", (event) => tell(event.data));

  const stream = (end) =>
    new Promise((done) => {
      const source = new EventSource("/notifications/flux");
      source.addEventListener("notification", (event) => {
        const { title } = JSON.parse(event.data);
        tell(title);
        tabs.postMessage(title);
      });
      end.addEventListener("abort", () => {
        source.close();
        done();
      });
    });

  let turn = null;
  const listen = () => {
    if (turn || document.visibilityState !== "visible") return;
    turn = new AbortController();
    const { signal } = turn;
    // Locks exist where the page is secure; elsewhere each visible tab listens for itself.
    if (navigator.locks) navigator.locks.request("bell", { signal }, () => stream(signal)).catch(() => {});
    else stream(signal);
  };
  const rest = () => {
    if (turn) turn.abort();
    turn = null;
  };
  window.addEventListener("load", () => setTimeout(listen));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => event.persisted && listen());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return rest();
    listen();
    return htmx.trigger(document.body, "notified");
  });
}
