// The interactive map: outlines, one named button per CPTS, and the mesh that joins those found.
// The CPTS come once, as a file of points; which of them answer, how they are joined and whose is the reader's
// stands beside the list (the JSON block `#places`), so that both show the same.
import L from "leaflet";
import { spread } from "./spread.js";
import { neighbour } from "./neighbour.js";

const box = document.getElementById("map");
const words = JSON.parse(box.dataset.words);
const state = { points: [], markers: [], layer: null, bounds: null, popup: null };

const readPlaces = () => JSON.parse(document.getElementById("places").textContent);

// Every point with what the page says of it, those of other regions, and the mesh as pairs of points.
function readData() {
  const { lit, edges, you, abroad } = readPlaces();
  const found = new Set(lit);
  const places = state.points.map((place) => ({ ...place, match: found.has(place.id), you: place.id === you }));
  const at = new Map(places.map((place, index) => [place.id, index]));
  const joined = edges.map((pair) => pair.map((end) => at.get(lit[end])));
  return { places: [...places, ...abroad], edges: joined.filter((pair) => !pair.includes(undefined)) };
}

function makeMap() {
  box.textContent = "";
  box.className = box.dataset.tiles ? "map tiled" : "map";
  const map = L.map(box, {
    zoomControl: false, attributionControl: Boolean(box.dataset.tiles), zoomSnap: 0.25, minZoom: 4, maxZoom: 13,
    scrollWheelZoom: false, keyboard: false, zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  L.control.zoom({ position: "topright", zoomInTitle: words.in, zoomOutTitle: words.out }).addTo(map);
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution }).addTo(map);
  map.getPane("markerPane").setAttribute("role", "group");
  map.getPane("markerPane").setAttribute("aria-label", words.help);
  return map;
}

function popupOf(place) {
  const root = document.createElement("div");
  const title = document.createElement("h3");
  const link = document.createElement("a");
  link.href = place.href;
  link.textContent = place.name;
  title.append(link);
  const people = document.createElement("p");
  people.textContent = place.people.join(", ");
  root.append(title, people);
  return root;
}

function buttonFor(place) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = ["pin", place.match && "match", place.vacant && "vacant", place.abroad && "abroad", place.you && "you"].filter(Boolean).join(" ");
  button.tabIndex = -1;
  button.setAttribute("aria-label", [place.name, place.you && words.you, place.abroad && words.abroad, place.people.join(", ")].filter(Boolean).join(", "));
  return button;
}

function light(id, on) {
  state.markers.filter((marker) => marker.place.id === id).forEach((marker) => marker.button.classList.toggle("lit", on));
}

function showRows(id) {
  document.querySelectorAll("#results .row").forEach((row) => row.classList.toggle("current", row.dataset.cpts === id));
}

function open(map, marker) {
  showRows(marker.place.id);
  state.popup = L.popup({ minWidth: 190, maxWidth: 270, autoPanPadding: [20, 20] })
    .setLatLng(marker.getLatLng()).setContent(popupOf(marker.place)).openOn(map);
  const element = state.popup.getElement();
  element.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close);
  element.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
  state.popup.once("remove", () => {
    showRows(null);
    if (element.contains(document.activeElement)) marker.button.focus({ preventScroll: true });
  });
  // Leaflet shows a popup one frame after it opens; what is hidden cannot take the focus.
  const link = element.querySelector("h3 a");
  requestAnimationFrame(() => requestAnimationFrame(() => link.focus({ preventScroll: true })));
}

function addMarker(map, place, layer) {
  const button = buttonFor(place);
  const icon = L.divIcon({ html: button, className: "pin-box", iconSize: [0, 0] });
  const marker = L.marker(place.at, { icon, keyboard: false, zIndexOffset: place.match ? 1000 : 0 });
  Object.assign(marker, { place, button });
  marker.addTo(layer).bindTooltip(place.name, { direction: "top", offset: [0, -10] });
  // Leaflet describes a marker's wrapper; here the button inside is what has a role and a name.
  ["role", "tabindex", "title", "alt"].forEach((name) => marker.getElement().removeAttribute(name));
  button.addEventListener("click", (event) => { event.stopPropagation(); marker.closeTooltip(); open(map, marker); });
  button.addEventListener("keydown", (event) => moveFocus(map, marker, event));
  button.addEventListener("focus", () => { rove(marker); marker.openTooltip(); });
  button.addEventListener("blur", () => marker.closeTooltip());
  return marker;
}

function rove(marker) {
  state.markers.forEach((other) => { other.button.tabIndex = other === marker ? 0 : -1; });
}

function moveFocus(map, marker, event) {
  const points = state.markers.map((other) => map.latLngToContainerPoint(other.getLatLng()));
  const next = neighbour(points, state.markers.indexOf(marker), event.key);
  if (next === null) return;
  event.preventDefault();
  state.markers[next].button.focus({ preventScroll: true });
}

// Moves markers that would cover one another apart, and draws the mesh between where they now stand.
function arrange(map) {
  const { places, edges } = state.data;
  const points = spread(places.map((place) => map.project(place.at)), 13);
  const spots = points.map((point) => map.unproject(L.point(point.x, point.y)));
  state.markers.forEach((marker, index) => marker.setLatLng(spots[index]));
  state.lines.clearLayers();
  edges.forEach(([a, b]) => L.polyline([spots[a], spots[b]], { className: "edge", interactive: false }).addTo(state.lines));
}

function draw(map) {
  map.closePopup();
  state.data = readData();
  state.layer.clearLayers();
  state.markers = state.data.places.map((place) => addMarker(map, place, state.layer));
  arrange(map);
  const first = state.markers.find((marker) => marker.place.you) || state.markers.find((marker) => marker.place.match) || state.markers[0];
  if (first) first.button.tabIndex = 0;
}

// Filters chosen by a chip are shown in the form too, and the count is announced.
function afterFilter() {
  const form = document.getElementById("filters");
  for (const [name, value] of Object.entries(readPlaces().state)) {
    const control = form.elements[name];
    if (control && control !== document.activeElement) control.value = value;
  }
  document.getElementById("announce").textContent = document.getElementById("count").textContent.trim();
}

async function start() {
  const [outline, { places }] = await Promise.all([box.dataset.outline, box.dataset.points].map(async (address) => (await fetch(address)).json()));
  state.points = places;
  const map = makeMap();
  const land = L.geoJSON(outline, { style: { className: "land" }, interactive: false, smoothFactor: 0.6 });
  const legend = matchMedia("(min-width: 981px)").matches ? 56 : 14; // there it lies over the map
  const fit = () => map.fitBounds(land.getBounds(), {
    paddingTopLeft: [14, 14], paddingBottomRight: [14, legend], animate: false,
  });
  fit();
  land.addTo(map);
  state.lines = L.layerGroup().addTo(map);
  state.layer = L.layerGroup().addTo(map);
  draw(map);
  map.on("zoomend", () => arrange(map));
  map.on("resize", fit);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "results" && !event.target.querySelector?.("#places")) return;
    draw(map);
    afterFilter();
  });
  for (const [type, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(type, (event) => {
      const row = event.target.closest?.("#results .row");
      if (row?.dataset.cpts) light(row.dataset.cpts, on);
    });
  }
}

start();
